using Ballast.Admin.Phases;
using Ballast.Client;
using k8s.Autorest;
using k8s.Models;

namespace Ballast.Admin.Tokens;

/// <summary>What a token's holder may do, and what a new node's certificate rests on: kubeadm's roles and bindings. What exists stays as it is.</summary>
public static class JoinAccess
{
    private const string Rbac = "rbac.authorization.k8s.io";
    private const string Nodes = "system:nodes";

    /// <summary>Lets the holders of join tokens become nodes, and publishes how to find the cluster.</summary>
    public static async Task EnsureAsync(ApiClient client, ClusterInfo info, CancellationToken cancel)
    {
        await BindAsync(client, "kubeadm:kubelet-bootstrap", "system:node-bootstrapper", BootstrapToken.JoinGroup, cancel);
        await BindAsync(client, "kubeadm:node-autoapprove-bootstrap", "system:certificates.k8s.io:certificatesigningrequests:nodeclient", BootstrapToken.JoinGroup, cancel);
        await BindAsync(client, "kubeadm:node-autoapprove-certificate-rotation", "system:certificates.k8s.io:certificatesigningrequests:selfnodeclient", Nodes, cancel);
        await CreateAsync(client, new V1ClusterRole { Metadata = new() { Name = "kubeadm:get-nodes" }, Rules = [Get("nodes")] }, cancel);
        await BindAsync(client, "kubeadm:get-nodes", "kubeadm:get-nodes", BootstrapToken.JoinGroup, cancel);
        await AllowAsync(client, "kube-system", "kubeadm:nodes-kubeadm-config", Get("configmaps", "kubeadm-config"), [Group(BootstrapToken.JoinGroup), Group(Nodes)], cancel);
        await AllowAsync(client, ClusterInfo.Namespace, "kubeadm:bootstrap-signer-clusterinfo", Get("configmaps", ClusterInfo.Name),
            [new() { ApiGroup = Rbac, Kind = "User", Name = "system:anonymous" }], cancel);
        await CreateAsync(client, new V1ConfigMap
        {
            Metadata = new() { Name = ClusterInfo.Name, NamespaceProperty = ClusterInfo.Namespace },
            Data = new Dictionary<string, string> { [ClusterInfo.ContentKey] = info.Render() },
        }, cancel);
    }

    /// <summary>Lets nodes, and the holders of join tokens, read what all kubelets have in common.</summary>
    public static Task EnsureKubeletConfigurationAsync(ApiClient client, CancellationToken cancel) =>
        AllowAsync(client, "kube-system", "kubeadm:kubelet-config", Get("configmaps", SharedKubeletConfiguration.MapName), [Group(BootstrapToken.JoinGroup), Group(Nodes)], cancel);

    /// <summary>Lets the holders of join tokens read the uploaded certificates, which are of no use without their key.</summary>
    public static Task EnsureCertificatesAsync(ApiClient client, CancellationToken cancel) =>
        AllowAsync(client, "kube-system", "kubeadm:kubeadm-certs", Get("secrets", UploadedCertificates.Certificates.Name), [Group(BootstrapToken.JoinGroup)], cancel);

    /// <summary>Lets nodes, and the holders of join tokens, read one more ConfigMap of kube-system.</summary>
    /// <param name="client">An administrator's.</param>
    /// <param name="role">The name of the role that allows it.</param>
    /// <param name="map">The ConfigMap.</param>
    /// <param name="cancel">Gives up.</param>
    public static Task EnsureReadAsync(ApiClient client, string role, string map, CancellationToken cancel) =>
        AllowAsync(client, "kube-system", role, Get("configmaps", map), [Group(BootstrapToken.JoinGroup), Group(Nodes)], cancel);

    /// <summary>Lets each node read all nodes.</summary>
    /// <param name="client">An administrator's.</param>
    /// <param name="role">The name of the role that allows it.</param>
    /// <param name="cancel">Gives up.</param>
    public static async Task EnsureNodesAsync(ApiClient client, string role, CancellationToken cancel)
    {
        await CreateAsync(client, new V1ClusterRole { Metadata = new() { Name = role }, Rules = [new() { ApiGroups = [""], Resources = ["nodes"], Verbs = ["list"] }] }, cancel);
        await BindAsync(client, role, role, Nodes, cancel);
    }

    private static V1PolicyRule Get(string resource, string? name = null) => new() { ApiGroups = [""], Resources = [resource], ResourceNames = name is null ? null : [name], Verbs = ["get"] };

    private static Rbacv1Subject Group(string name) => new() { ApiGroup = Rbac, Kind = "Group", Name = name };

    private static Task BindAsync(ApiClient client, string name, string role, string group, CancellationToken cancel) => CreateAsync(client, new V1ClusterRoleBinding
    {
        Metadata = new() { Name = name },
        RoleRef = new() { ApiGroup = Rbac, Kind = "ClusterRole", Name = role },
        Subjects = [Group(group)],
    }, cancel);

    private static async Task AllowAsync(ApiClient client, string ns, string name, V1PolicyRule rule, IList<Rbacv1Subject> subjects, CancellationToken cancel)
    {
        await CreateAsync(client, new V1Role { Metadata = new() { Name = name, NamespaceProperty = ns }, Rules = [rule] }, cancel);
        await CreateAsync(client, new V1RoleBinding
        {
            Metadata = new() { Name = name, NamespaceProperty = ns },
            RoleRef = new() { ApiGroup = Rbac, Kind = "Role", Name = name },
            Subjects = subjects,
        }, cancel);
    }

    private static async Task CreateAsync<T>(ApiClient client, T item, CancellationToken cancel) where T : class, k8s.IKubernetesObject<V1ObjectMeta>
    {
        try
        {
            await client.Resources<T>().CreateAsync(item, cancel);
        }
        catch (HttpOperationException error) when (error.IsAlreadyExists)
        {
            // It stays as it is: somebody may have changed it on purpose.
        }
    }
}
