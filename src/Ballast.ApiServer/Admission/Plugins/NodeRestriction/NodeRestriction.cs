using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Authorization.Node;

namespace Ballast.ApiServer.Admission.Plugins.NodeRestriction;

/// <summary>
/// Keeps a kubelet to its own node: what the Node authorizer lets it write, it may only write about itself and the pods bound to it. A node taken over must not
/// be able to draw the workloads of others to itself.
/// </summary>
internal sealed class NodeRestriction(AdmissionObjects objects) : IValidatingAdmission
{
    private const string LeaseNamespace = "kube-node-lease";
    private static readonly GroupResource Pods = new("", "pods");

    public string Name => "NodeRestriction";

    public bool Handles(AdmissionOperation operation) => operation is AdmissionOperation.Create or AdmissionOperation.Update or AdmissionOperation.Delete;

    public ValueTask ValidateAsync(AdmissionAttributes attributes, CancellationToken cancel)
    {
        var (isNode, node) = NodeIdentity.Of(attributes.Request.User);
        if (!isNode)
            return default;
        if (node.Length == 0)
            throw attributes.Forbid($"could not determine node from user \"{attributes.Request.User.Name}\"");
        return (attributes.Definition.GroupResource.ToString(), attributes.Request.Subresource) switch
        {
            ("pods", "") => CheckPodAsync(attributes, node, cancel),
            ("pods", "status") => CheckPodStatus(attributes, node),
            ("pods", "eviction") => CheckEvictionAsync(attributes, node, cancel),
            ("nodes", _) => NodeChange.Check(attributes, node),
            ("serviceaccounts", "token") => CheckTokenAsync(attributes, node, cancel),
            ("leases.coordination.k8s.io", _) => CheckLease(attributes, node),
            ("csinodes.storage.k8s.io", _) => CheckName(attributes, node, "can only access CSINode with the same name as the requesting node"),
            ("resourceslices.resource.k8s.io", _) => CheckSlice(attributes, node),
            _ => default,
        };
    }

    private ValueTask CheckPodAsync(AdmissionAttributes attributes, string node, CancellationToken cancel)
    {
        switch (attributes.Operation)
        {
            case AdmissionOperation.Create:
                return new MirrorPod(objects).CheckAsync(attributes, node, cancel);
            case AdmissionOperation.Delete:
                return NodeOf(attributes.Old) == node ? default : throw attributes.Forbid($"node \"{node}\" can only delete pods with spec.nodeName set to itself");
            default:
                throw attributes.Forbid($"unexpected operation \"{attributes.Operation.ToString().ToUpperInvariant()}\", node \"{node}\" can only create and delete mirror pods");
        }
    }

    private static ValueTask CheckPodStatus(AdmissionAttributes attributes, string node)
    {
        if (attributes.Operation != AdmissionOperation.Update)
            throw attributes.Forbid($"unexpected operation \"{attributes.Operation.ToString().ToUpperInvariant()}\"");
        if (NodeOf(attributes.Old) != node)
            throw attributes.Forbid($"node \"{node}\" can only update pod status for pods with spec.nodeName set to itself");
        if (!JsonNode.DeepEquals(attributes.Document?.Labels, attributes.Old?.Labels))
            throw attributes.Forbid($"node \"{node}\" cannot update labels through pod status");
        return default;
    }

    private async ValueTask CheckEvictionAsync(AdmissionAttributes attributes, string node, CancellationToken cancel)
    {
        var pod = attributes.Old ?? await objects.FindAsync(Pods, attributes.Request.Namespace, attributes.Name, cancel) ?? throw StatusException.NotFound(Pods, attributes.Name);
        if (NodeOf(pod) != node)
            throw attributes.Forbid($"node {node} can only evict pods with spec.nodeName set to itself");
    }

    private async ValueTask CheckTokenAsync(AdmissionAttributes attributes, string node, CancellationToken cancel)
    {
        if ((attributes.Document?["spec"] as JsonObject)?["boundObjectRef"] is not JsonObject bound
            || bound.StringAt("apiVersion") != "v1" || bound.StringAt("kind") != "Pod" || bound.StringAt("name") is not { Length: > 0 } name)
            throw attributes.Forbid("node requested token not bound to a pod");
        var pod = await objects.FindAsync(Pods, attributes.Request.Namespace, name, cancel) ?? throw StatusException.NotFound(Pods, name);
        var uid = bound.StringAt("uid") ?? "";
        if (uid != pod.Uid)
            throw attributes.Forbid($"the UID in the bound object reference ({uid}) does not match the UID in record. The object might have been deleted and then recreated");
        if (NodeOf(pod) != node)
            throw attributes.Forbid("node requested token bound to a pod scheduled on a different node");
    }

    private static ValueTask CheckLease(AdmissionAttributes attributes, string node) => attributes.Request.Namespace != LeaseNamespace
        ? throw attributes.Forbid($"can only access leases in the \"{LeaseNamespace}\" system namespace")
        : CheckName(attributes, node, "can only access node lease with the same name as the requesting node");

    private static ValueTask CheckName(AdmissionAttributes attributes, string node, string refusal) =>
        attributes.Name == node ? default : throw attributes.Forbid(refusal);

    private static ValueTask CheckSlice(AdmissionAttributes attributes, string node)
    {
        if (attributes.Operation == AdmissionOperation.Create && NodeOf(attributes.Document) != node)
            throw attributes.Forbid("can only create ResourceSlice with the same NodeName as the requesting node");
        if (attributes.Operation == AdmissionOperation.Delete && NodeOf(attributes.Old) != node)
            throw attributes.Forbid("can only delete ResourceSlice with the same NodeName as the requesting node");
        return default;
    }

    private static string NodeOf(JsonObject? document) => (document?["spec"] as JsonObject)?.StringAt("nodeName") ?? "";
}
