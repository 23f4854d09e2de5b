using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;

namespace Ballast.ApiServer.Admission.Plugins;

/// <summary>A claim that names no storage class gets the default one, if there is one.</summary>
internal sealed class DefaultStorageClass(AdmissionObjects objects) : IMutatingAdmission
{
    private const string BetaClass = "volume.beta.kubernetes.io/storage-class";
    private static readonly GroupResource Classes = new("storage.k8s.io", "storageclasses");

    public string Name => "DefaultStorageClass";

    public bool Handles(AdmissionOperation operation) => operation == AdmissionOperation.Create;

    public async ValueTask AdmitAsync(AdmissionAttributes attributes, CancellationToken cancel)
    {
        if (!attributes.Is("", "persistentvolumeclaims") || attributes.Document is not { } claim)
            return;
        var spec = claim.ObjectAt("spec");
        if (spec["storageClassName"] is not null || claim.Annotations?.ContainsKey(BetaClass) == true)
            return;
        var chosen = DefaultClass.Newest(await objects.ListAsync(Classes, "", cancel),
            "storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class");
        if (chosen is not null)
            spec["storageClassName"] = chosen.Name;
    }
}

/// <summary>Which of several classes is the default.</summary>
internal static class DefaultClass
{
    /// <summary>Of those with one of the annotations the newest: a new default can be set before the old one is taken away. Null where none has it.</summary>
    public static JsonObject? Newest(IEnumerable<JsonObject> classes, params string[] annotations) => classes
        .Where(c => annotations.Any(a => c.Annotations?.StringAt(a) == "true"))
        .OrderByDescending(c => c.Metadata.StringAt("creationTimestamp") ?? "", StringComparer.Ordinal)
        .ThenBy(c => c.Name, StringComparer.Ordinal)
        .FirstOrDefault();
}
