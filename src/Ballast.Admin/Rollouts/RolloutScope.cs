using System.Net;
using Ballast.Admin.Clusters;
using Ballast.Admin.Configuration;
using Ballast.Admin.EtcdQuorum;
using Ballast.Admin.Hosts;
using Ballast.Client;
using Ballast.Etcd;
using k8s.Models;

namespace Ballast.Admin.Rollouts;

/// <summary>What a rollout has to know of the cluster around a host.</summary>
/// <param name="Kubeconfig">An administrator's, through the endpoint.</param>
/// <param name="CaFile">Signs what the API servers serve.</param>
/// <param name="ApiServers">Where each of them listens.</param>
/// <param name="Etcd">A client of every member; whoever calls it disposes of the client.</param>
/// <param name="Look">The command that shows what is wrong.</param>
public sealed record RolloutScope(string Kubeconfig, string CaFile, IReadOnlyList<IPAddress> ApiServers, Func<EtcdClient> Etcd, string Look)
{
    /// <summary>A cluster on this machine.</summary>
    public static RolloutScope Of(ClusterSpec spec, ClusterDirectory directory, TimeProvider time)
    {
        var first = directory.Paths(spec.ControlPlaneHosts.First());
        return new(directory.OperatorKubeconfig(spec), first.Pki("ca.crt"), [.. spec.ControlPlaneHosts.Select(h => h.IPAddress)],
            () => ClusterEtcd.Connect(spec, directory, time), $"ballast status{directory.Again}");
    }

    /// <summary>A cluster of machines, as one of its control planes sees it.</summary>
    /// <exception cref="ClusterException">The API knows no etcd member.</exception>
    public static async Task<RolloutScope> OfAsync(Host host, ClusterConfiguration cluster, ApiClient api, TimeProvider time, CancellationToken cancel)
    {
        var controlPlanes = await api.Resources<V1Node>().ListAsync(new ListScope(LabelSelector: "node-role.kubernetes.io/control-plane"), cancel);
        var addresses = controlPlanes.Items.Select(n => n.Status?.Addresses?.FirstOrDefault(a => a.Type == "InternalIP")?.Address).OfType<string>().Select(IPAddress.Parse);
        return new(host.Paths.Kubeconfig("admin.conf"), host.Paths.Pki("ca.crt"), [.. addresses], await EtcdAsync(), Looking(host));

        async Task<Func<EtcdClient>> EtcdAsync()
        {
            if (cluster.ExternalEtcd is { } external)
                return () => ClusterEtcd.Connect([.. external.Endpoints.Select(e => new Uri(e))], external.On(host.Paths), time);
            var members = await ClusterEtcd.MembersOfAsync(api, except: "", cancel);
            return () => ClusterEtcd.Connect(members, host.Paths, time);
        }
    }

    /// <summary>A worker has no static pods that the cluster rests on.</summary>
    public static RolloutScope OfWorker(Host host) =>
        new(host.Paths.Kubeconfig("kubelet.conf"), host.Paths.Pki("ca.crt"), [], () => throw new InvalidOperationException("a worker does not reach etcd"), Looking(host));

    private static string Looking(Host host) => $"kubectl get nodes, and {host.Paths.DaemonLog("kubelet")}";
}
