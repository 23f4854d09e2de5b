using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;

namespace Ballast.ApiServer.Admission.Plugins.NodeRestriction;

/// <summary>The only pods a kubelet creates: the images of its static pods, owned by its node and naming no other object.</summary>
internal sealed class MirrorPod(AdmissionObjects objects)
{
    private const string Mirror = "kubernetes.io/config.mirror";

    public async ValueTask CheckAsync(AdmissionAttributes attributes, string node, CancellationToken cancel)
    {
        var pod = attributes.Document!;
        var spec = pod["spec"] as JsonObject ?? [];
        if (pod.Annotations?.ContainsKey(Mirror) != true)
            throw attributes.Forbid($"pod does not have \"{Mirror}\" annotation, node \"{node}\" can only create mirror pods");
        if (spec.StringAt("nodeName") != node)
            throw attributes.Forbid($"node \"{node}\" can only create pods with spec.nodeName set to itself");
        await CheckOwnerAsync(attributes, node, cancel);
        if (spec.StringAt("serviceAccountName") is { Length: > 0 })
            throw attributes.Forbid($"node \"{node}\" can not create pods that reference a service account");
        if (PodReferences.Secrets(spec).Any())
            throw attributes.Forbid($"node \"{node}\" can not create pods that reference secrets");
        if (PodReferences.ConfigMaps(spec).Any())
            throw attributes.Forbid($"node \"{node}\" can not create pods that reference configmaps");
        if (PodReferences.Claims(spec).Any())
            throw attributes.Forbid($"node \"{node}\" can not create pods that reference persistentvolumeclaims");
        if (spec["resourceClaims"] is JsonArray { Count: > 0 })
            throw attributes.Forbid($"node \"{node}\" can not create pods that reference resourceclaims");
    }

    private async Task CheckOwnerAsync(AdmissionAttributes attributes, string node, CancellationToken cancel)
    {
        JsonObject[] owners = [.. PodReferences.Items(attributes.Document!.Metadata, "ownerReferences")];
        if (owners.Length > 1)
            throw attributes.Forbid($"node \"{node}\" can only create pods with a single owner reference set to itself");
        if (owners is not [var owner])
            throw attributes.Forbid($"node \"{node}\" can only create pods with an owner reference set to itself");
        if (owner.StringAt("apiVersion") != "v1" || owner.StringAt("kind") != "Node" || owner.StringAt("name") != node)
            throw attributes.Forbid($"node \"{node}\" can only create pods with an owner reference set to itself");
        if (owner.BoolAt("controller") != true)
            throw attributes.Forbid($"node \"{node}\" can only create pods with a controller owner reference set to itself");
        if (owner.BoolAt("blockOwnerDeletion") == true)
            throw attributes.Forbid($"node \"{node}\" must not set blockOwnerDeletion on an owner reference");
        var nodes = new GroupResource("", "nodes");
        var found = await objects.FindAsync(nodes, "", node, cancel) ?? throw StatusException.NotFound(nodes, node);
        if (owner.StringAt("uid") != found.Uid)
            throw attributes.Forbid($"node {node} UID mismatch: expected {found.Uid} got {owner.StringAt("uid")}");
    }
}
