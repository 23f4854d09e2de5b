using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using static Ballast.ApiServer.Authorization.Node.NodeGraph;

namespace Ballast.ApiServer.Authorization.Node;

/// <summary>What a pod, a volume or an attachment adds to the graph.</summary>
internal static class NodeGraphEdges
{
    private const string MirrorPod = "kubernetes.io/config.mirror";

    public static IReadOnlyList<Edge> OfPod(JsonObject pod)
    {
        var spec = pod["spec"] as JsonObject ?? [];
        if (spec.StringAt("nodeName") is not { Length: > 0 } node)
            return [];
        var ns = pod.Namespace;
        var used = new HashSet<Vertex> { new(NodeObject.Pod, ns, pod.Name) };

        // A kubelet makes its mirror pods itself: what they name must open nothing to it.
        if (pod.Annotations?.ContainsKey(MirrorPod) != true)
        {
            used.UnionWith(ObjectsOf(pod, spec).Where(o => o.Name is { Length: > 0 }).Select(o => new Vertex(o.Kind, ns, o.Name!)));
        }
        return [.. used.Select(vertex => new Edge(vertex, node))];
    }

    /// <summary>The volume through its claim, and its secrets.</summary>
    public static IReadOnlyList<Edge> OfVolume(JsonObject volume)
    {
        var spec = volume["spec"] as JsonObject ?? [];
        if (spec["claimRef"] is not JsonObject claimRef)
            return [];
        var claim = new Vertex(NodeObject.PersistentVolumeClaim, claimRef.StringAt("namespace") ?? "", claimRef.StringAt("name") ?? "");
        var edges = new List<Edge> { new(new Vertex(NodeObject.PersistentVolume, "", volume.Name), "", claim) };
        foreach (var (_, source) in spec)
        {
            foreach (var reference in SecretReferences(source as JsonObject ?? []))
            {
                var ns = reference.Namespace is { Length: > 0 } own ? own : claim.Namespace;
                edges.Add(new Edge(new Vertex(NodeObject.Secret, ns, reference.Name), "", claim));
            }
        }
        return edges;
    }

    /// <summary>VolumeAttachments and ResourceSlices, which name their node.</summary>
    public static IReadOnlyList<Edge> OfNamedNode(JsonObject document)
    {
        var kind = document.Kind == "ResourceSlice" ? NodeObject.ResourceSlice : NodeObject.VolumeAttachment;
        return (document["spec"] as JsonObject)?.StringAt("nodeName") is { Length: > 0 } node ? [new Edge(new Vertex(kind, "", document.Name), node)] : [];
    }

    private static IEnumerable<(NodeObject Kind, string? Name)> ObjectsOf(JsonObject pod, JsonObject spec)
    {
        yield return (NodeObject.ServiceAccount, spec.StringAt("serviceAccountName"));
        foreach (var secret in Items(spec, "imagePullSecrets"))
            yield return (NodeObject.Secret, secret.StringAt("name"));
        foreach (var container in Items(spec, "containers").Concat(Items(spec, "initContainers")).Concat(Items(spec, "ephemeralContainers")))
        {
            foreach (var source in Items(container, "envFrom"))
            {
                yield return (NodeObject.Secret, Child(source, "secretRef").StringAt("name"));
                yield return (NodeObject.ConfigMap, Child(source, "configMapRef").StringAt("name"));
            }
            foreach (var variable in Items(container, "env"))
            {
                yield return (NodeObject.Secret, Child(Child(variable, "valueFrom"), "secretKeyRef").StringAt("name"));
                yield return (NodeObject.ConfigMap, Child(Child(variable, "valueFrom"), "configMapKeyRef").StringAt("name"));
            }
        }
        foreach (var volume in Items(spec, "volumes"))
        {
            foreach (var used in ObjectsOfVolume(pod, volume))
                yield return used;
        }
        foreach (var status in Items(Child(pod, "status"), "resourceClaimStatuses").Concat(Items(spec, "resourceClaims")))
            yield return (NodeObject.ResourceClaim, status.StringAt("resourceClaimName"));
    }

    private static IEnumerable<(NodeObject Kind, string? Name)> ObjectsOfVolume(JsonObject pod, JsonObject volume)
    {
        yield return (NodeObject.Secret, Child(volume, "secret").StringAt("secretName"));
        yield return (NodeObject.ConfigMap, Child(volume, "configMap").StringAt("name"));
        yield return (NodeObject.PersistentVolumeClaim, Child(volume, "persistentVolumeClaim").StringAt("claimName"));
        if (volume["ephemeral"] is JsonObject)
            yield return (NodeObject.PersistentVolumeClaim, $"{pod.Name}-{volume.StringAt("name")}");
        foreach (var source in Items(Child(volume, "projected"), "sources"))
        {
            yield return (NodeObject.Secret, Child(source, "secret").StringAt("name"));
            yield return (NodeObject.ConfigMap, Child(source, "configMap").StringAt("name"));
        }
        foreach (var (_, driver) in volume)
        {
            foreach (var reference in SecretReferences(driver as JsonObject ?? []))
                yield return (NodeObject.Secret, reference.Name);
        }
    }

    // The drivers name their secrets in these fields, as an object with a name or, azureFile, as a name.
    private static IEnumerable<(string Name, string? Namespace)> SecretReferences(JsonObject driver)
    {
        if (driver.StringAt("secretName") is { Length: > 0 } plain)
            yield return (plain, driver.StringAt("secretNamespace"));
        foreach (var field in (string[])["secretRef", "nodePublishSecretRef", "nodeStageSecretRef", "nodeExpandSecretRef", "controllerPublishSecretRef", "controllerExpandSecretRef"])
        {
            if (driver[field] is JsonObject reference && reference.StringAt("name") is { Length: > 0 } name)
                yield return (name, reference.StringAt("namespace"));
        }
    }

    private static JsonObject Child(JsonObject parent, string field) => parent[field] as JsonObject ?? [];

    private static IEnumerable<JsonObject> Items(JsonObject parent, string field) => (parent[field] as JsonArray)?.OfType<JsonObject>() ?? [];
}
