using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Core;

/// <summary>A container's environment.</summary>
internal static class EnvironmentValidation
{
    private static readonly string[] Sources = ["fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef"];

    private static readonly string[] PodFields =
        ["metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs"];

    private static readonly string[] ContainerResources =
        ["limits.cpu", "limits.ephemeral-storage", "limits.memory", "requests.cpu", "requests.ephemeral-storage", "requests.memory"];

    public static void Check(Field container)
    {
        foreach (var variable in container["env"].Items)
        {
            if (variable["name"].Required())
                CheckName(variable["name"]);
            if (variable["valueFrom"].IsPresent)
                CheckSource(variable["valueFrom"], hasValue: !variable["value"].IsEmpty);
        }
        foreach (var from in container["envFrom"].Items)
            CheckFrom(from);
    }

    private static void CheckName(Field name)
    {
        if (name.Text.Contains('=', StringComparison.Ordinal) || name.Text.Any(c => c is < ' ' or > '~'))
            name.Invalid("a valid environment variable name must consist only of printable ASCII characters other than '='");
    }

    private static void CheckSource(Field source, bool hasValue)
    {
        var given = Sources.Count(s => source[s].IsPresent);
        if (given == 0)
            source.Invalid("must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`");
        else if (hasValue)
            source.Add(ApiMachinery.Validation.FieldError.Invalid(source.Path, "", "may not be specified when `value` is not empty"));
        else if (given > 1)
            source.Invalid("may not have more than one field specified at a time");

        CheckFieldRef(source["fieldRef"], PodFields);
        CheckResourceFieldRef(source["resourceFieldRef"]);
        foreach (var reference in (ReadOnlySpan<string>)["configMapKeyRef", "secretKeyRef"])
        {
            if (!source[reference].IsPresent)
                continue;
            source[reference]["name"].DnsSubdomain();
            if (source[reference]["key"].Required())
                ConfigKeys.Check(source[reference]["key"]);
        }
    }

    /// <summary>A field of the pod that a variable or a volume may show.</summary>
    public static void CheckFieldRef(Field reference, IReadOnlyCollection<string> supported)
    {
        if (!reference.IsPresent)
            return;
        reference["apiVersion"].Required();
        var path = reference["fieldPath"];
        if (!path.Required())
            return;
        if (path.Text.StartsWith("metadata.labels['", StringComparison.Ordinal) || path.Text.StartsWith("metadata.annotations['", StringComparison.Ordinal))
            return;
        path.OneOf([.. supported.Order(StringComparer.Ordinal)]);
    }

    public static void CheckResourceFieldRef(Field reference)
    {
        if (!reference.IsPresent || !reference["resource"].Required())
            return;
        if (!reference["resource"].Text.Contains(".hugepages-", StringComparison.Ordinal))
            reference["resource"].OneOf(ContainerResources);
    }

    private static void CheckFrom(Field from)
    {
        if (!from["prefix"].IsEmpty)
            CheckName(from["prefix"]);
        var given = (from["configMapRef"].IsPresent ? 1 : 0) + (from["secretRef"].IsPresent ? 1 : 0);
        if (given == 0)
            from.Invalid("must specify one of: `configMapRef` or `secretRef`");
        else if (given > 1)
            from.Invalid("may not have more than one field specified at a time");
        foreach (var reference in (ReadOnlySpan<string>)["configMapRef", "secretRef"])
        {
            if (from[reference].IsPresent && from[reference]["name"].Required())
                from[reference]["name"].DnsSubdomain();
        }
    }
}
