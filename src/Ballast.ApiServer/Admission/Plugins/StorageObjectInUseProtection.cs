using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;

namespace Ballast.ApiServer.Admission.Plugins;

/// <summary>Volumes and claims are not gone before nobody uses them: a controller takes the finalizer away then.</summary>
internal sealed class StorageObjectInUseProtection : IMutatingAdmission
{
    public string Name => "StorageObjectInUseProtection";

    public bool Handles(AdmissionOperation operation) => operation == AdmissionOperation.Create;

    public ValueTask AdmitAsync(AdmissionAttributes attributes, CancellationToken cancel)
    {
        var finalizer = attributes.Is("", "persistentvolumeclaims") ? "kubernetes.io/pvc-protection"
            : attributes.Is("", "persistentvolumes") ? "kubernetes.io/pv-protection"
            : attributes.Is("storage.k8s.io", "volumeattributesclasses") ? "kubernetes.io/vac-protection" : null;
        if (finalizer is null || attributes.Document is not { } document || document.Finalizers.Contains(finalizer))
            return default;
        if (document.Metadata["finalizers"] is not JsonArray finalizers)
            document.Metadata["finalizers"] = finalizers = [];
        finalizers.Add((JsonNode)finalizer);
        return default;
    }
}
