using System.Globalization;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.Selectors;
using Ballast.ApiMachinery.Validation;
using Microsoft.AspNetCore.Http;

namespace Ballast.ApiServer.Endpoints;

/// <summary><c>meta.k8s.io/v1</c> ListOptions, as the query of a list, watch or deletecollection carries them.</summary>
public sealed record ListOptions
{
    public LabelSelector Labels { get; private init; } = LabelSelector.Everything;

    public FieldSelector Fields { get; private init; } = FieldSelector.Everything;

    /// <summary>As it came: empty, <c>0</c> or a revision.</summary>
    public string ResourceVersion { get; private init; } = "";

    /// <summary>Empty, <c>Exact</c> or <c>NotOlderThan</c>.</summary>
    public string ResourceVersionMatch { get; private init; } = "";

    public int Limit { get; private init; }

    public string Continue { get; private init; } = "";

    public bool Watch { get; private init; }

    public bool AllowWatchBookmarks { get; private init; }

    public bool? SendInitialEvents { get; private init; }

    public int? TimeoutSeconds { get; private init; }

    /// <summary><see cref="ResourceVersion"/> as a number; 0 where it is empty.</summary>
    public long Version { get; private init; }

    /// <exception cref="StatusException">What cannot be read is a bad request; what contradicts itself is invalid, in upstream's words.</exception>
    public static ListOptions Parse(IQueryCollection query, bool watch)
    {
        var options = new ListOptions
        {
            Labels = LabelSelector.Parse(query["labelSelector"]),
            Fields = FieldSelector.Parse(query["fieldSelector"]),
            ResourceVersion = query["resourceVersion"].ToString(),
            ResourceVersionMatch = query["resourceVersionMatch"].ToString(),
            Limit = (int)Math.Clamp(Number(query, "limit") ?? 0, 0, int.MaxValue),
            Continue = query["continue"].ToString(),
            Watch = watch,
            AllowWatchBookmarks = Flag(query, "allowWatchBookmarks") ?? false,
            SendInitialEvents = Flag(query, "sendInitialEvents"),
            TimeoutSeconds = (int?)Number(query, "timeoutSeconds"),
        };
        var errors = (watch ? WatchErrors(options) : ListErrors(options)).ToArray();
        if (errors.Length > 0)
            throw StatusException.Invalid(new GroupKind("meta.k8s.io", "ListOptions"), "", errors);
        return options with { Version = ParseVersion(options.ResourceVersion) };
    }

    /// <summary>The same for one object alone: a name in the path is as good as a field selector.</summary>
    /// <exception cref="StatusException">BadRequest: the field selector names another.</exception>
    public ListOptions ForName(string name)
    {
        if (Fields.IsEverything)
            return this with { Fields = FieldSelector.OneTerm("metadata.name", name) };
        return Fields.RequiredValue("metadata.name") == name ? this : throw StatusException.BadRequest("fieldSelector metadata.name doesn't match requested name");
    }

    /// <summary>Reads a resourceVersion; empty is 0.</summary>
    public static long ParseVersion(string text)
    {
        if (text.Length == 0)
            return 0;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            ? version
            : throw StatusException.BadRequest($"invalid resource version: resourceVersion: Invalid value: \"{text}\": strconv.ParseUint: parsing \"{text}\": invalid syntax");
    }

    private static IEnumerable<FieldError> ListErrors(ListOptions options)
    {
        var path = FieldPath.Of("resourceVersionMatch");
        var match = options.ResourceVersionMatch;
        if (match.Length > 0)
        {
            if (options.ResourceVersion.Length == 0)
                yield return FieldError.Forbidden(path, "resourceVersionMatch is forbidden unless resourceVersion is provided");
            if (options.Continue.Length > 0)
                yield return FieldError.Forbidden(path, "resourceVersionMatch is forbidden when continue is provided");
            if (match is not ("Exact" or "NotOlderThan"))
                yield return FieldError.NotSupported(path, match, "Exact", "NotOlderThan", "");
            if (match == "Exact" && options.ResourceVersion == "0")
                yield return FieldError.Forbidden(path, "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"");
        }
        if (options.SendInitialEvents is not null)
            yield return FieldError.Forbidden(FieldPath.Of("sendInitialEvents"), "sendInitialEvents is forbidden for list");
    }

    private static IEnumerable<FieldError> WatchErrors(ListOptions options)
    {
        var path = FieldPath.Of("resourceVersionMatch");
        var match = options.ResourceVersionMatch;
        if (options.SendInitialEvents is not null && match != "NotOlderThan")
            yield return FieldError.Forbidden(path, "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
        if (match.Length == 0)
            yield break;
        if (options.SendInitialEvents is null)
            yield return FieldError.Forbidden(path, "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided");
        if (match != "NotOlderThan")
            yield return FieldError.NotSupported(path, match, "NotOlderThan");
        if (options.Continue.Length > 0)
            yield return FieldError.Forbidden(path, "resourceVersionMatch is forbidden when continue is provided");
    }

    private static long? Number(IQueryCollection query, string name)
    {
        var text = query[name].ToString();
        if (text.Length == 0)
            return null;
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw StatusException.BadRequest($"strconv.ParseInt: parsing \"{text}\": invalid syntax");
    }

    // As upstream reads booleans in a query: present without a value is true, and anything but 0 and false is true.
    private static bool? Flag(IQueryCollection query, string name) =>
        query.TryGetValue(name, out var value) ? value.ToString() is not ("0" or "false" or "False" or "FALSE") : null;
}
