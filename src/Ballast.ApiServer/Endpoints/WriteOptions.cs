using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.Validation;
using Ballast.ApiServer.Registry;
using Microsoft.AspNetCore.Http;

namespace Ballast.ApiServer.Endpoints;

/// <summary>What to do about fields the schema does not know, or that stand twice.</summary>
public enum FieldValidation
{
    Warn,
    Ignore,
    Strict,
}

/// <summary>The options that a create, update or patch carries in its query.</summary>
public sealed record WriteOptions(bool DryRun, string FieldManager, FieldValidation FieldValidation, bool Force)
{
    /// <param name="request">The request.</param>
    /// <param name="kind"><c>CreateOptions</c>, <c>UpdateOptions</c> or <c>PatchOptions</c>: named in what is refused.</param>
    public static WriteOptions Parse(HttpRequest request, string kind)
    {
        var query = request.Query;
        var errors = new List<FieldError>();
        var dryRun = DryRunOf(query["dryRun"], errors);
        var manager = query["fieldManager"].ToString();
        if (manager.Length > 128)
            errors.Add(FieldError.TooLong(FieldPath.Of("fieldManager"), 128));
        if (manager.Any(char.IsControl))
            errors.Add(FieldError.Invalid(FieldPath.Of("fieldManager"), manager, "should contain only printable characters"));
        var validation = FieldValidation.Warn;
        if (query["fieldValidation"].ToString() is { Length: > 0 } asked && (!Enum.TryParse(asked, out validation) || char.IsDigit(asked[0])))
            errors.Add(FieldError.NotSupported(FieldPath.Of("fieldValidation"), asked, "Ignore", "Warn", "Strict"));
        var force = query["force"].ToString();
        if (kind == "PatchOptions")
        {
            var isApply = MediaTypes.TypeOf(request.ContentType) == MediaTypes.ApplyPatch;
            if (isApply && manager.Length == 0)
                errors.Add(FieldError.Required(FieldPath.Of("fieldManager"), "is required for apply patch"));
            if (!isApply && force.Length > 0)
                errors.Add(FieldError.Forbidden(FieldPath.Of("force"), "may not be specified for non-apply patch"));
        }
        Refuse(kind, errors);
        return new(dryRun, manager.Length > 0 ? manager : ManagerFrom(request), validation, force.Length > 0 && force is not ("false" or "0"));
    }

    /// <summary>The options of a deletion: its body, and its query where there is no body.</summary>
    public static (DeleteOptions Options, bool DryRun) ParseDelete(HttpRequest request, JsonObject? body)
    {
        var query = request.Query;
        var errors = new List<FieldError>();
        var dryRun = DryRunOf(body is null ? query["dryRun"] : body.StringsAt("dryRun").ToArray(), errors);
        var policy = body is null ? query["propagationPolicy"].ToString() : body.StringAt("propagationPolicy");
        var orphan = body is null
            ? query["orphanDependents"].ToString() is { Length: > 0 } text ? text is not ("false" or "0") : (bool?)null
            : body.BoolAt("orphanDependents");
        if (policy is { Length: > 0 } && orphan is not null)
            errors.Add(FieldError.Invalid(FieldPath.Of("propagationPolicy"), policy, "orphanDependents and deletionPropagation cannot be both set"));
        if (policy is { Length: > 0 } and not ("Foreground" or "Background" or "Orphan"))
            errors.Add(FieldError.NotSupported(FieldPath.Of("propagationPolicy"), policy, "Foreground", "Background", "Orphan", "nil"));
        Refuse("DeleteOptions", errors);
        long? grace = body is not null ? body.LongAt("gracePeriodSeconds")
            : long.TryParse(query["gracePeriodSeconds"], out var seconds) ? seconds : null;
        var preconditions = body?["preconditions"] as JsonObject;
        return (new DeleteOptions
        {
            GracePeriodSeconds = grace,
            PropagationPolicy = policy is { Length: > 0 } ? policy : orphan switch { true => "Orphan", false => "Background", null => null },
            PreconditionUid = preconditions?.StringAt("uid"),
            PreconditionResourceVersion = preconditions?.StringAt("resourceVersion"),
        }, dryRun);
    }

    private static bool DryRunOf(IReadOnlyCollection<string?> values, List<FieldError> errors)
    {
        if (values.Any(v => v != "All"))
            errors.Add(FieldError.NotSupported(FieldPath.Of("dryRun"), string.Join(",", values), "All"));
        return values.Count > 0;
    }

    private static void Refuse(string kind, List<FieldError> errors)
    {
        if (errors.Count > 0)
            throw StatusException.Invalid(new GroupKind("meta.k8s.io", kind), "", errors);
    }

    // As upstream: the user agent up to its first slash.
    private static string ManagerFrom(HttpRequest request)
    {
        var agent = request.Headers.UserAgent.ToString();
        var slash = agent.IndexOf('/', StringComparison.Ordinal);
        var name = slash < 0 ? agent : agent[..slash];
        return name.Length > 128 ? name[..128] : name;
    }
}
