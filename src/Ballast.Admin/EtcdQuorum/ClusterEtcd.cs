using Ballast.Admin.Clusters;
using Ballast.Admin.Hosts;
using Ballast.Admin.Manifests;
using Ballast.Admin.Upgrades;
using Ballast.Client;
using Ballast.Etcd;
using k8s.Models;

namespace Ballast.Admin.EtcdQuorum;

/// <summary>How an operator's command reaches a cluster's etcd.</summary>
public static class ClusterEtcd
{
    /// <summary>
    /// A client of every member, with the certificate that kubeadm makes for health checks, which etcd trusts with everything. Dial attempts end after 3 s, so
    /// that a dead member does not hold up a command. The caller disposes of it.
    /// </summary>
    public static EtcdClient Connect(ClusterSpec spec, ClusterDirectory directory, TimeProvider time)
    {
        return Connect([.. spec.EtcdUrls.Select(u => new Uri(u))], directory.Paths(spec.EtcdHosts.First()), time);
    }

    /// <summary>As above, with the certificate that a host with a member has.</summary>
    public static EtcdClient Connect(IReadOnlyList<Uri> endpoints, HostPaths paths, TimeProvider time) =>
        Connect(endpoints, new EtcdTls(paths.Pki("etcd/ca.crt"), paths.Pki("etcd/healthcheck-client.crt"), paths.Pki("etcd/healthcheck-client.key")), time);

    /// <summary>A client of the members of these hosts.</summary>
    public static EtcdClient Connect(IReadOnlyList<Host> hosts, TimeProvider time) => Connect([.. hosts.Select(h => new Uri($"https://{h.Address}:2379"))], hosts[0].Paths, time);

    /// <summary>Where a host's member is reached by the others.</summary>
    public static string PeerUrlOf(Host host) => $"https://{host.Address}:2380";

    /// <summary>As above, with any certificate that etcd trusts.</summary>
    public static EtcdClient Connect(IReadOnlyList<Uri> endpoints, EtcdTls tls, TimeProvider time) =>
        new(new EtcdOptions([.. endpoints]) { Tls = tls, DialTimeout = TimeSpan.FromSeconds(3) }, time);

    /// <summary>Where upstream's API server keeps its objects, unless it is told otherwise.</summary>
    public const string DefaultPrefix = "/registry";

    /// <summary>Where the API server of a control plane keeps its objects: what <c>--etcd-prefix</c> says.</summary>
    public static string PrefixOf(HostPaths controlPlane) => File.Exists(controlPlane.Manifest("kube-apiserver"))
        ? ManifestDifference.FlagOf(ManifestDifference.Parse(File.ReadAllText(controlPlane.Manifest("kube-apiserver"))), "etcd-prefix") ?? DefaultPrefix
        : DefaultPrefix;

    /// <summary>A member's client URL, as its static pod carries it; null where it does not.</summary>
    public static Uri? UrlOf(V1Pod pod) => pod.Metadata.Annotations?.TryGetValue(ControlPlaneManifests.EtcdUrlAnnotation, out var url) == true ? new Uri(url) : null;

    /// <summary>The client URLs of the cluster's stacked members, as their static pods carry them.</summary>
    /// <param name="api">Any administrator's client.</param>
    /// <param name="except">A host whose member is not meant.</param>
    /// <param name="cancel">Gives up.</param>
    public static async Task<IReadOnlyList<Uri>> MembersOfAsync(ApiClient api, string except, CancellationToken cancel)
    {
        var pods = await api.Resources<V1Pod>().ListAsync(new ListScope("kube-system", LabelSelector: "component=etcd,tier=control-plane"), cancel);
        var urls = pods.Items.Where(p => p.Spec.NodeName != except)
            .Select(UrlOf).OfType<Uri>().ToList();
        return urls.Count > 0 ? urls : throw new ClusterException("no etcd member was found among the pods of kube-system")
        {
            Hint = "see which there are: kubectl get pods -n kube-system -l component=etcd",
        };
    }
}
