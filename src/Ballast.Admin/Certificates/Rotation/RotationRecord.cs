using Ballast.Admin.Clusters;
using Ballast.Admin.Tokens;
using Ballast.Client;
using k8s.Autorest;
using k8s.Models;

namespace Ballast.Admin.Certificates.Rotation;

/// <summary>
/// What a cluster of machines knows of a rotation of its CAs: the ConfigMap <c>kube-system/ballast-ca-rotation</c> has the new CAs and is never changed; each host's node
/// says, in an annotation, what the host has done. A node may write that of itself alone, and the ConfigMap not at all: what all hosts are to trust is an administrator's to say.
/// </summary>
internal sealed class RotationRecord(ApiClient api)
{
    public const string Name = "ballast-ca-rotation";
    public const string DoneAnnotation = "ca-rotation.ballast.dev/done";

    private const string Namespace = "kube-system";
    private const string RoleName = "ballast:ca-rotation";
    private const string Id = "id";
    private const string ServiceAccountKey = "sa.pub";

    private readonly ResourceClient<V1ConfigMap> _maps = api.Resources<V1ConfigMap>();
    private readonly ResourceClient<V1Node> _nodes = api.Resources<V1Node>();

    /// <summary>Null where no rotation is under way.</summary>
    /// <exception cref="ClusterException">It is damaged.</exception>
    public async Task<NewAuthorities?> FindAsync(CancellationToken cancel)
    {
        try
        {
            return await _maps.FindAsync(Namespace, Name, cancel) is { } map ? Read(map.Data ?? new Dictionary<string, string>()) : null;
        }
        catch (HttpOperationException forbidden) when (forbidden.IsForbidden)
        {
            // That it may be read comes before it, and goes after it.
            return null;
        }
    }

    /// <summary>Makes the new CAs known.</summary>
    /// <returns>False where another rotation was faster.</returns>
    public async Task<bool> BeginAsync(NewAuthorities next, CancellationToken cancel)
    {
        await JoinAccess.EnsureReadAsync(api, RoleName, Name, cancel);
        await JoinAccess.EnsureNodesAsync(api, RoleName, cancel);
        try
        {
            await _maps.CreateAsync(new() { Metadata = new() { Name = Name, NamespaceProperty = Namespace }, Immutable = true, Data = Written(next) }, cancel);
            return true;
        }
        catch (HttpOperationException there) when (there.IsAlreadyExists)
        {
            return false;
        }
    }

    public async Task<RotationProgress> ProgressAsync(string id, CancellationToken cancel) =>
        new([.. (await _nodes.ListAsync(ListScope.All, cancel)).Items.Select(n => RotationHost.Of(n, id))]);

    /// <summary>Has a node say what its host has done.</summary>
    public Task RecordAsync(string id, string node, RotationStage done, CancellationToken cancel) =>
        AnnotateAsync(node, $"\"{RotationHost.Said(id, done)}\"", cancel);

    /// <summary>Takes away what the rotation left, and what control planes could still join with that has the old CAs. Whoever dies in between leaves nothing that the next rotation minds.</summary>
    public async Task EndAsync(CancellationToken cancel)
    {
        foreach (var secret in new[] { UploadedCertificates.NewAuthorities.Name, UploadedCertificates.Certificates.Name })
            await DeleteAsync<V1Secret>(Namespace, secret, cancel);
        await DeleteAsync<V1ConfigMap>(Namespace, Name, cancel);
        await DeleteAsync<V1RoleBinding>(Namespace, RoleName, cancel);
        await DeleteAsync<V1Role>(Namespace, RoleName, cancel);
        await DeleteAsync<V1ClusterRoleBinding>(null, RoleName, cancel);
        await DeleteAsync<V1ClusterRole>(null, RoleName, cancel);
        foreach (var node in (await _nodes.ListAsync(ListScope.All, cancel)).Items.Where(n => n.Metadata.Annotations?.ContainsKey(DoneAnnotation) == true))
            await AnnotateAsync(node.Metadata.Name, "null", cancel);
    }

    private Task AnnotateAsync(string node, string json, CancellationToken cancel) =>
        _nodes.MergePatchAsync(null, node, $$$"""{"metadata":{"annotations":{"{{{DoneAnnotation}}}":{{{json}}} } } }""", cancel);

    private async Task DeleteAsync<T>(string? ns, string name, CancellationToken cancel) where T : class, k8s.IKubernetesObject<V1ObjectMeta>
    {
        try
        {
            await api.Resources<T>().DeleteAsync(ns, name, null, cancel);
        }
        catch (HttpOperationException gone) when (gone.IsNotFound)
        {
            // It is what was wanted.
        }
    }

    private static Dictionary<string, string> Written(NewAuthorities next) => new(next.Certificates.Select(c => KeyValuePair.Create(KeyOf(c.Key), c.Value)))
    {
        [Id] = next.Id,
        [ServiceAccountKey] = next.ServiceAccountKey,
    };

    private static NewAuthorities Read(IDictionary<string, string> data)
    {
        var certificates = HostCertificate.Authorities.Where(a => data.ContainsKey(KeyOf(a))).ToDictionary(a => a, a => data[KeyOf(a)]);
        return data.TryGetValue(Id, out var id) && data.TryGetValue(ServiceAccountKey, out var key) && certificates.ContainsKey("ca")
            ? new(id, certificates, key)
            : throw new ClusterException($"the ConfigMap {Namespace}/{Name} is damaged: it should have {Id}, ca.crt and {ServiceAccountKey}");
    }

    private static string KeyOf(string authority) => HostCertificate.AuthorityName(authority) + ".crt";
}
