using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;

namespace Ballast.ApiServer.Admission.Plugins;

/// <summary>Objects are only made in namespaces that exist and are to stay; the namespaces that the cluster lives in cannot be deleted.</summary>
internal sealed class NamespaceLifecycle(AdmissionObjects objects) : IMutatingAdmission
{
    private static readonly GroupResource Namespaces = new("", "namespaces");

    public string Name => "NamespaceLifecycle";

    public bool Handles(AdmissionOperation operation) => operation is AdmissionOperation.Create or AdmissionOperation.Update or AdmissionOperation.Delete;

    public async ValueTask AdmitAsync(AdmissionAttributes attributes, CancellationToken cancel)
    {
        if (attributes.Definition.GroupResource == Namespaces)
        {
            if (attributes.Operation == AdmissionOperation.Delete && attributes.Name is "default" or "kube-system" or "kube-public")
                throw attributes.Forbid("this namespace may not be deleted");
            return;
        }
        var name = attributes.Request.Namespace;
        if (name.Length == 0 || attributes.Operation == AdmissionOperation.Delete || attributes.Definition.Resource == "localsubjectaccessreviews")
            return;
        var found = await objects.FindAsync(Namespaces, "", name, cancel) ?? throw StatusException.NotFound(Namespaces, name);
        if (attributes.Operation == AdmissionOperation.Create && (found["status"] as JsonObject)?.StringAt("phase") == "Terminating")
            throw Terminating(attributes, name);
    }

    private static StatusException Terminating(AdmissionAttributes attributes, string ns)
    {
        var refusal = attributes.Forbid($"unable to create new content in namespace {ns} because it is being terminated");
        refusal.Details!["causes"] = new JsonArray(new JsonObject
        {
            ["reason"] = "NamespaceTerminating",
            ["message"] = $"namespace {ns} is being terminated",
            ["field"] = "metadata.namespace",
        });
        return refusal;
    }
}
