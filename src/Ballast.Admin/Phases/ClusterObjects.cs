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
        var map = SharedKubeletConfiguration.NewMap();
        map.Metadata.NamespaceProperty = "kube-system";
        await new ClusterAccess(client).EnsureAsync(map, cancel);
        await JoinAccess.EnsureKubeletConfigurationAsync(client, cancel);
    }

    /// <summary>The administrators' role, those of Ballast's own components, and the cluster's configuration where kubeadm keeps it, in its format.</summary>
    public static async Task EnsureKubeadmConfigurationAsync(ApiClient client, ClusterConfiguration cluster, CancellationToken cancel)
    {
        var access = new ClusterAccess(client);
        await access.BindAsync("kubeadm:cluster-admins", "cluster-admin", ClusterAccess.Group("kubeadm:cluster-admins"), cancel);
        await EnsureLoadBalancerRolesAsync(access, cancel);
        await EnsureBackupControllerRoleAsync(client, cancel);
        await access.EnsureAsync(new V1ConfigMap
        {
            Metadata = new() { Name = ConfigurationName, NamespaceProperty = "kube-system" },
            Data = new Dictionary<string, string> { [ConfigurationKey] = cluster.Render() },
        }, cancel);
    }

    /// <summary>
    /// A load balancer follows the list of API servers; that of a host acts as its node. Those in front compete by a Lease for a virtual address, in a namespace where no component of the control plane has its own.
    /// </summary>
    private static async Task EnsureLoadBalancerRolesAsync(ClusterAccess access, CancellationToken cancel)
    {
        var front = ClusterAccess.User(FrontCredentials.User.CommonName);
        await access.AllowAsync("default", "ballast:load-balancer", [Rule("", "endpoints", "get", "list", "watch"), Rule("discovery.k8s.io", "endpointslices", "get", "list", "watch")],
            [front, ClusterAccess.Group("system:nodes")], cancel);
        await access.AllowAsync("default", "ballast:virtual-address", [Rule("coordination.k8s.io", "leases", "get", "list", "watch", "create", "update")], [front], cancel);
    }

    /// <summary>Whoever takes backups asks etcd; of the API it needs the Lease to be elected with, and Events to tell how it went.</summary>
    public static Task EnsureBackupControllerRoleAsync(ApiClient client, CancellationToken cancel)
    {
        var own = Rule("coordination.k8s.io", "leases", "get", "update");
        own.ResourceNames = [BackupSettings.Component];
        var name = BackupSettings.User.CommonName;
        // Nobody can be allowed to create by name.
        return new ClusterAccess(client).AllowAsync("kube-system", name,
            [Rule("coordination.k8s.io", "leases", "create"), own, Rule("", "events", "create", "patch", "update"), Rule("events.k8s.io", "events", "create", "patch", "update")], [ClusterAccess.User(name)], cancel);
    }

    private static V1PolicyRule Rule(string group, string resource, params string[] verbs) => new() { ApiGroups = [group], Resources = [resource], Verbs = verbs };

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
}
