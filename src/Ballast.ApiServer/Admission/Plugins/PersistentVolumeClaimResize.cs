using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.Quantities;

namespace Ballast.ApiServer.Admission.Plugins;

/// <summary>A claim only grows where its storage class says that volumes can.</summary>
internal sealed class PersistentVolumeClaimResize(AdmissionObjects objects) : IValidatingAdmission
{
    private static readonly GroupResource Classes = new("storage.k8s.io", "storageclasses");

    public string Name => "PersistentVolumeClaimResize";

    public bool Handles(AdmissionOperation operation) => operation == AdmissionOperation.Update;

    public async ValueTask ValidateAsync(AdmissionAttributes attributes, CancellationToken cancel)
    {
        if (!attributes.Is("", "persistentvolumeclaims") || RequestOf(attributes.Document) is not { } asked || RequestOf(attributes.Old) is not { } held
            || asked.CompareTo(held) <= 0)
            return;
        var className = (attributes.Document!["spec"] as JsonObject)?.StringAt("storageClassName") ?? "";
        var found = className.Length == 0 ? null : await objects.FindAsync(Classes, "", className, cancel);
        if (found?.BoolAt("allowVolumeExpansion") != true)
            throw attributes.Forbid("only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize");
    }

    private static Quantity? RequestOf(JsonObject? claim) =>
        (claim?["spec"]?["resources"]?["requests"] as JsonObject)?.StringAt("storage") is { } text && Quantity.TryParse(text, out var quantity) ? quantity : null;
}
