using Ballast.Admin.Phases;
using Ballast.Client;
using k8s.Models;

namespace Ballast.Admin.Tokens;

/// <summary>What a token's holder may do, and what a new node's certificate rests on: kubeadm's roles and bindings. What exists stays as it is.</summary>
public static class JoinAccess
{
    private static readonly Rbacv1Subject Joining = ClusterAccess.Group(BootstrapToken.JoinGroup);
    private static readonly Rbacv1Subject Nodes = ClusterAccess.Group("system:nodes");

    /// <summary>Lets the holders of join tokens become nodes, and publishes how to find the cluster.</summary>
    public static async Task EnsureAsync(ApiClient client, ClusterInfo info, CancellationToken cancel)
    {
        var access = new ClusterAccess(client);
        await access.BindAsync("kubeadm:kubelet-bootstrap", "system:node-bootstrapper", Joining, cancel);
        await access.BindAsync("kubeadm:node-autoapprove-bootstrap", "system:certificates.k8s.io:certificatesigningrequests:nodeclient", Joining, cancel);
        await access.BindAsync("kubeadm:node-autoapprove-certificate-rotation", "system:certificates.k8s.io:certificatesigningrequests:selfnodeclient", Nodes, cancel);
        await access.AllowAsync("kubeadm:get-nodes", [Get("nodes")], Joining, cancel);
        await access.AllowAsync("kube-system", "kubeadm:nodes-kubeadm-config", [Get("configmaps", "kubeadm-config")], [Joining, Nodes], cancel);
        await access.AllowAsync(ClusterInfo.Namespace, "kubeadm:bootstrap-signer-clusterinfo", [Get("configmaps", ClusterInfo.Name)], [ClusterAccess.User("system:anonymous")], cancel);
        await access.EnsureAsync(new V1ConfigMap
        {
            Metadata = new() { Name = ClusterInfo.Name, NamespaceProperty = ClusterInfo.Namespace },
            Data = new Dictionary<string, string> { [ClusterInfo.ContentKey] = info.Render() },
        }, cancel);
    }

    /// <summary>Lets nodes, and the holders of join tokens, read what all kubelets have in common.</summary>
    public static Task EnsureKubeletConfigurationAsync(ApiClient client, CancellationToken cancel) =>
        EnsureReadAsync(client, "kubeadm:kubelet-config", SharedKubeletConfiguration.MapName, cancel);

    /// <summary>Lets the holders of join tokens read the uploaded certificates, which are of no use without their key.</summary>
    public static Task EnsureCertificatesAsync(ApiClient client, CancellationToken cancel) =>
        new ClusterAccess(client).AllowAsync("kube-system", "kubeadm:kubeadm-certs", [Get("secrets", UploadedCertificates.Certificates.Name)], [Joining], cancel);

    /// <summary>Lets nodes, and the holders of join tokens, read one more ConfigMap of kube-system.</summary>
    /// <param name="client">An administrator's.</param>
    /// <param name="role">The name of the role that allows it.</param>
    /// <param name="map">The ConfigMap.</param>
    /// <param name="cancel">Gives up.</param>
    public static Task EnsureReadAsync(ApiClient client, string role, string map, CancellationToken cancel) =>
        new ClusterAccess(client).AllowAsync("kube-system", role, [Get("configmaps", map)], [Joining, Nodes], cancel);

    /// <summary>Lets each node read all nodes.</summary>
    /// <param name="client">An administrator's.</param>
    /// <param name="role">The name of the role that allows it.</param>
    /// <param name="cancel">Gives up.</param>
    public static Task EnsureNodesAsync(ApiClient client, string role, CancellationToken cancel) =>
        new ClusterAccess(client).AllowAsync(role, [new V1PolicyRule { ApiGroups = [""], Resources = ["nodes"], Verbs = ["list"] }], Nodes, cancel);

    private static V1PolicyRule Get(string resource, string? name = null) => new() { ApiGroups = [""], Resources = [resource], ResourceNames = name is null ? null : [name], Verbs = ["get"] };
}
