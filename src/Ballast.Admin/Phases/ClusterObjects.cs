using Ballast.Admin.Backups.Schedules;
using Ballast.Admin.Clusters;
using Ballast.Admin.Configuration;
using Ballast.Admin.LoadBalancers;
using Ballast.Admin.Tokens;
using Ballast.Client;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace Ballast.Admin.Phases;

/// <summary>
/// The objects in the API that make a set of hosts a cluster: what administrators, nodes and the load balancer may do, the control planes' labels and
/// taint, and the cluster's configuration for whoever comes later. Safe to run again: what exists stays as it is.
/// </summary>
public static class ClusterObjects
{
    public const string ConfigurationName = "kubeadm-config";

    /// <summary>The ConfigMap's key with the configuration.</summary>
    public const string ConfigurationKey = "ClusterConfiguration";

    public static async Task EnsureAsync(ApiClient client, ClusterConfiguration cluster, CancellationToken cancel)
    {
        await EnsureKubeadmConfigurationAsync(client, cluster, cancel);
        await EnsureKubeletConfigurationAsync(client, cancel);
    }

    /// <summary>What all kubelets have in common, and that nodes and those who join may read it.</summary>
    public static async Task EnsureKubeletConfigurationAsync(ApiClient client, CancellationToken cancel)
    {
        await CreateAsync(() => client.CoreV1.CreateNamespacedConfigMapAsync(SharedKubeletConfiguration.NewMap(), "kube-system", cancellationToken: cancel));
        await JoinAccess.EnsureKubeletConfigurationAsync(client, cancel);
    }

    /// <summary>The administrators' role, and the cluster's configuration.</summary>
    public static async Task EnsureKubeadmConfigurationAsync(ApiClient client, ClusterConfiguration cluster, CancellationToken cancel)
    {
        await EnsureAdminsAsync(client, cancel);
        await EnsureLoadBalancerRoleAsync(client, cancel);
        await EnsureVirtualAddressRoleAsync(client, cancel);
        await EnsureBackupControllerRoleAsync(client, cancel);
        await EnsureConfigurationAsync(client, cluster, cancel);
    }

    private static Task EnsureAdminsAsync(ApiClient client, CancellationToken cancel) => CreateAsync(() =>
        client.RbacAuthorizationV1.CreateClusterRoleBindingAsync(new V1ClusterRoleBinding
        {
            Metadata = new V1ObjectMeta { Name = "kubeadm:cluster-admins" },
            RoleRef = new V1RoleRef { ApiGroup = "rbac.authorization.k8s.io", Kind = "ClusterRole", Name = "cluster-admin" },
            Subjects = [new Rbacv1Subject { ApiGroup = "rbac.authorization.k8s.io", Kind = "Group", Name = "kubeadm:cluster-admins" }],
        }, cancellationToken: cancel));

    /// <summary>A load balancer follows the list of API servers, and may read nothing else; that of a host acts as its node.</summary>
    private static async Task EnsureLoadBalancerRoleAsync(ApiClient client, CancellationToken cancel)
    {
        const string name = "ballast:load-balancer";
        await CreateAsync(() => client.RbacAuthorizationV1.CreateNamespacedRoleAsync(new V1Role
        {
            Metadata = new V1ObjectMeta { Name = name },
            Rules =
            [
                new V1PolicyRule { ApiGroups = [""], Resources = ["endpoints"], Verbs = ["get", "list", "watch"] },
                new V1PolicyRule { ApiGroups = ["discovery.k8s.io"], Resources = ["endpointslices"], Verbs = ["get", "list", "watch"] },
            ],
        }, "default", cancellationToken: cancel));
        foreach (var (binding, kind, subject) in new[] { (name, "User", FrontCredentials.User.CommonName), ("ballast:host-load-balancers", "Group", "system:nodes") })
        {
            await CreateAsync(() => client.RbacAuthorizationV1.CreateNamespacedRoleBindingAsync(new V1RoleBinding
            {
                Metadata = new V1ObjectMeta { Name = binding },
                RoleRef = new V1RoleRef { ApiGroup = "rbac.authorization.k8s.io", Kind = "Role", Name = name },
                Subjects = [new Rbacv1Subject { ApiGroup = "rbac.authorization.k8s.io", Kind = kind, Name = subject }],
            }, "default", cancellationToken: cancel));
        }
    }

    /// <summary>Load balancers compete by a Lease for a virtual address. The namespace is one where no component of the control plane has its own.</summary>
    private static async Task EnsureVirtualAddressRoleAsync(ApiClient client, CancellationToken cancel)
    {
        const string name = "ballast:virtual-address";
        await CreateAsync(() => client.RbacAuthorizationV1.CreateNamespacedRoleAsync(new V1Role
        {
            Metadata = new V1ObjectMeta { Name = name },
            Rules = [new V1PolicyRule { ApiGroups = ["coordination.k8s.io"], Resources = ["leases"], Verbs = ["get", "list", "watch", "create", "update"] }],
        }, "default", cancellationToken: cancel));
        await CreateAsync(() => client.RbacAuthorizationV1.CreateNamespacedRoleBindingAsync(new V1RoleBinding
        {
            Metadata = new V1ObjectMeta { Name = name },
            RoleRef = new V1RoleRef { ApiGroup = "rbac.authorization.k8s.io", Kind = "Role", Name = name },
            Subjects = [new Rbacv1Subject { ApiGroup = "rbac.authorization.k8s.io", Kind = "User", Name = FrontCredentials.User.CommonName }],
        }, "default", cancellationToken: cancel));
    }

    /// <summary>Whoever takes backups asks etcd; of the API it needs the Lease to be elected with, and Events to tell how it went.</summary>
    public static async Task EnsureBackupControllerRoleAsync(ApiClient client, CancellationToken cancel)
    {
        var name = BackupSettings.User.CommonName;
        await CreateAsync(() => client.RbacAuthorizationV1.CreateNamespacedRoleAsync(new V1Role
        {
            Metadata = new V1ObjectMeta { Name = name },
            Rules =
            [
                // Nobody can be allowed to create by name.
                new V1PolicyRule { ApiGroups = ["coordination.k8s.io"], Resources = ["leases"], Verbs = ["create"] },
                new V1PolicyRule { ApiGroups = ["coordination.k8s.io"], Resources = ["leases"], ResourceNames = [BackupSettings.Component], Verbs = ["get", "update"] },
                new V1PolicyRule { ApiGroups = ["", "events.k8s.io"], Resources = ["events"], Verbs = ["create", "patch", "update"] },
            ],
        }, "kube-system", cancellationToken: cancel));
        await CreateAsync(() => client.RbacAuthorizationV1.CreateNamespacedRoleBindingAsync(new V1RoleBinding
        {
            Metadata = new V1ObjectMeta { Name = name },
            RoleRef = new V1RoleRef { ApiGroup = "rbac.authorization.k8s.io", Kind = "Role", Name = name },
            Subjects = [new Rbacv1Subject { ApiGroup = "rbac.authorization.k8s.io", Kind = "User", Name = name }],
        }, "kube-system", cancellationToken: cancel));
    }

    /// <summary>Where kubeadm keeps it, in its format.</summary>
    private static Task EnsureConfigurationAsync(ApiClient client, ClusterConfiguration cluster, CancellationToken cancel) => CreateAsync(() =>
        client.CoreV1.CreateNamespacedConfigMapAsync(new V1ConfigMap
        {
            Metadata = new V1ObjectMeta { Name = ConfigurationName },
            Data = new Dictionary<string, string> { [ConfigurationKey] = cluster.Render() },
        }, "kube-system", cancellationToken: cancel));

    /// <summary>The cluster's configuration, which every host has in common.</summary>
    /// <exception cref="ClusterException">There is none, or it cannot be read.</exception>
    public static async Task<ClusterConfiguration> ConfigurationAsync(ApiClient client, CancellationToken cancel)
    {
        var map = await client.Resources<V1ConfigMap>().FindAsync("kube-system", ConfigurationName, cancel);
        return map?.Data?.TryGetValue(ConfigurationKey, out var text) == true
            ? ClusterConfiguration.Parse(text, $"ConfigMap kube-system/{ConfigurationName}")
            : throw new ClusterException($"the ConfigMap kube-system/{ConfigurationName} is missing, or has no {ConfigurationKey}") { Hint = "ballast init phase upload-config" };
    }

    /// <summary>Replaces it, unless somebody else does at the same moment.</summary>
    public static async Task ChangeConfigurationAsync(ApiClient client, ClusterConfiguration cluster, CancellationToken cancel)
    {
        var maps = client.Resources<V1ConfigMap>();
        var map = await maps.GetAsync("kube-system", ConfigurationName, cancel);
        if (map.Data.TryGetValue(ConfigurationKey, out var text) && text == cluster.Render())
            return;
        map.Data[ConfigurationKey] = cluster.Render();
        await maps.UpdateAsync(map, cancel);
    }

    /// <summary>Waits for the node to register, then labels it; its kubelet brought the taint.</summary>
    /// <exception cref="ClusterException">It did not register in time.</exception>
    public static async Task MarkControlPlaneAsync(ApiClient client, string node, TimeSpan patience, TimeProvider time, CancellationToken cancel)
    {
        const string labels = """{"metadata":{"labels":{"node-role.kubernetes.io/control-plane":"","node.kubernetes.io/exclude-from-external-load-balancers":""}}}""";
        var start = time.GetTimestamp();
        while (true)
        {
            try
            {
                await client.CoreV1.PatchNodeAsync(new V1Patch(labels, V1Patch.PatchType.MergePatch), node, cancellationToken: cancel);
                return;
            }
            catch (HttpOperationException error) when (error.IsNotFound)
            {
                if (time.GetElapsedTime(start) > patience)
                    throw new ClusterException($"the kubelet of {node} did not register its node within {patience.TotalSeconds:0} s");
                await Task.Delay(TimeSpan.FromMilliseconds(200), time, cancel);
            }
        }
    }

    private static async Task CreateAsync(Func<Task> create)
    {
        try
        {
            await create();
        }
        catch (HttpOperationException error) when (error.IsAlreadyExists)
        {
            // It stays as it is: somebody may have changed it on purpose.
        }
    }
}
