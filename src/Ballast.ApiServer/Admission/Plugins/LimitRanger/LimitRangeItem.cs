using System.Globalization;
using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.Quantities;

namespace Ballast.ApiServer.Admission.Plugins.LimitRanger;

/// <summary>One item of a LimitRange, held against what something asks for.</summary>
internal static class LimitRangeItem
{
    /// <param name="item">With <c>min</c>, <c>max</c> and <c>maxLimitRequestRatio</c>.</param>
    /// <param name="requests">What is requested.</param>
    /// <param name="limits">What it is limited to; null for things without limits, which a maximum then holds by their request.</param>
    /// <returns>What is wrong, in upstream's words.</returns>
    public static IEnumerable<string> Check(JsonObject item, IReadOnlyDictionary<string, Quantity> requests, IReadOnlyDictionary<string, Quantity>? limits)
    {
        var type = item.StringAt("type")!;
        return Amounts(item, "min").Select(m => BelowMinimum(type, m.Resource, m.Amount, Find(requests, m.Resource), Find(limits, m.Resource)))
            .Concat(Amounts(item, "max").Select(m => limits is null
                ? AboveMaximumRequest(type, m.Resource, m.Amount, Find(requests, m.Resource))
                : AboveMaximum(type, m.Resource, m.Amount, Find(requests, m.Resource), Find(limits, m.Resource))))
            .Concat(Amounts(item, "maxLimitRequestRatio").Select(m => AboveRatio(type, m.Resource, m.Amount, Find(requests, m.Resource), Find(limits, m.Resource))))
            .OfType<string>();
    }

    private static string? BelowMinimum(string type, string resource, Quantity minimum, Quantity? request, Quantity? limit) =>
        request is null ? $"minimum {resource} usage per {type} is {minimum}.  No request is specified"
        : request < minimum ? $"minimum {resource} usage per {type} is {minimum}, but request is {request}"
        : limit < minimum ? $"minimum {resource} usage per {type} is {minimum}, but limit is {limit}"
        : null;

    private static string? AboveMaximum(string type, string resource, Quantity maximum, Quantity? request, Quantity? limit) =>
        limit is null ? $"maximum {resource} usage per {type} is {maximum}.  No limit is specified"
        : limit > maximum ? $"maximum {resource} usage per {type} is {maximum}, but limit is {limit}"
        : request > maximum ? $"maximum {resource} usage per {type} is {maximum}, but request is {request}"
        : null;

    private static string? AboveMaximumRequest(string type, string resource, Quantity maximum, Quantity? request) =>
        request is null ? $"maximum {resource} usage per {type} is {maximum}.  No request is specified"
        : request > maximum ? $"maximum {resource} usage per {type} is {maximum}, but request is {request}"
        : null;

    private static string? AboveRatio(string type, string resource, Quantity ratio, Quantity? request, Quantity? limit)
    {
        var rule = $"{resource} max limit to request ratio per {type} is {ratio}";
        if (request is not { IsZero: false } asked)
            return $"{rule}, but no request is specified or request is 0.";
        if (limit is not { IsZero: false } most)
            return $"{rule}, but no limit is specified or limit is 0.";
        var observed = (double)most.MilliValue / asked.MilliValue;
        return observed > ratio.MilliValue / 1000.0
            ? string.Create(CultureInfo.InvariantCulture, $"{rule}, but provided ratio is {observed:F6}")
            : null;
    }

    private static IEnumerable<(string Resource, Quantity Amount)> Amounts(JsonObject item, string field) =>
        ResourceAmounts.Read(item[field] as JsonObject).OrderBy(a => a.Key, StringComparer.Ordinal).Select(a => (a.Key, a.Value));

    private static Quantity? Find(IReadOnlyDictionary<string, Quantity>? amounts, string resource) =>
        amounts is not null && amounts.TryGetValue(resource, out var amount) ? amount : null;
}
