using Ballast.Admin.Certificates;
using Ballast.Admin.Clusters;
using Ballast.Admin.Configuration;
using Ballast.Admin.EtcdQuorum;
using Ballast.Admin.Files;
using Ballast.Admin.Hosts;
using Ballast.Admin.Phases;
using Ballast.Admin.Restore;
using Ballast.Client;
using k8s.Autorest;
using k8s.Models;

namespace Ballast.Admin.Status;

/// <summary>
/// A cluster of machines, as one of its control planes sees it: nodes and static pods from the API, every etcd member asked itself. What does not answer is a sentence among the
/// problems. What runs in front of the API servers is somebody else's, and is not judged; what each host has for itself is.
/// </summary>
public sealed class MachineStatusReader(HostPaths paths, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(8);

    public async Task<ClusterStatus> ReadAsync(CancellationToken cancel)
    {
        var host = HostIdentity.Read(paths);
        if (!HostIdentity.IsControlPlane(paths))
            throw new ClusterException($"{host.Name} is no control plane: only those know of the whole cluster", 2);
        using var limit = new CancellationTokenSource(Patience, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancel, limit.Token);
        using var api = ClientFactory.Create(paths.Kubeconfig("admin.conf"), "ballast");
        try
        {
            return await ReadAsync(host, api, linked.Token);
        }
        catch (Exception silent) when (!cancel.IsCancellationRequested && silent is HttpRequestException or HttpOperationException or IOException or OperationCanceledException)
        {
            throw new ClusterException(silent is OperationCanceledException ? $"the API did not answer within {Patience.TotalSeconds:0} s" : $"the API cannot be asked: {silent.ApiMessage}")
            {
                Hint = $"see what runs here: {paths.DaemonLog("kubelet")}",
            };
        }
    }

    private async Task<ClusterStatus> ReadAsync(Host host, ApiClient api, CancellationToken cancel)
    {
        var cluster = await ClusterObjects.ConfigurationAsync(api, cancel);
        var nodes = await api.Resources<V1Node>().ListAsync(ListScope.All, cancel);
        var pods = await api.Resources<V1Pod>().ListAsync(new ListScope("kube-system", LabelSelector: "tier in (control-plane,node)"), cancel);
        var leases = await api.Resources<V1Lease>().ListAsync(new ListScope("kube-system"), cancel);
        var members = await MembersAsync(cluster, pods.Items, cancel);
        IReadOnlyList<HostStatus> hosts =
            [.. cluster.ExternalEtcd is null ? [] : members.Select(EtcdHost), .. nodes.Items.Select(n => HostOf(n, pods.Items)).OrderBy(h => h.Role, StringComparer.Ordinal).ThenBy(h => h.Name, StringComparer.Ordinal)];
        var status = new ClusterStatus(cluster.ClusterName, cluster.ExternalEtcd is null ? "stacked" : "external", cluster.Server, paths.Kubeconfig("admin.conf"))
        {
            Hosts = hosts,
            Leaders = LeaderStatus.Of(leases.Items, hosts),
            Etcd = members,
            Certificates = [.. CertificateExpiration.Of(host.Name, paths, paths, time).Select(c => new CertificateStatus(c.Host, c.Name, c.ExpirationDate)).OrderBy(c => c.NotAfter)],
        };
        return status with { Budget = FailureBudget.Of(status), Problems = [.. Judge(status), .. OpenKeys.On(paths)] };
    }

    private IEnumerable<string> Judge(ClusterStatus status)
    {
        if (RestoreJournals.Of(paths) is { Unfinished: { } unfinished } journals)
            yield return $"{journals.MustBeFinished(unfinished).Message}: {journals.MustBeFinished(unfinished).Hint}";
        foreach (var host in status.Hosts.Where(h => h.Role != "etcd" && h.Node != "Ready"))
            yield return $"node {host.Name} is {host.Node}";
        foreach (var host in status.Hosts.Where(h => h.Role != "etcd"))
        {
            foreach (var component in host.Components.Where(c => c.State != "running"))
                yield return $"{component.Name}@{host.Name} is not Ready";
        }
        foreach (var member in status.Etcd.Where(m => !m.Healthy))
            yield return $"etcd@{member.Name}: {member.Error}";
        foreach (var leader in status.Leaders.Where(l => l.Holder.Length == 0))
            yield return $"nobody holds the lease {leader.Lease}";
    }

    private static HostStatus HostOf(V1Node node, IEnumerable<V1Pod> pods)
    {
        var labels = node.Metadata.Labels ?? new Dictionary<string, string>();
        return new(node.Metadata.Name, labels.ContainsKey("node-role.kubernetes.io/control-plane") ? "control-plane" : "worker",
            node.Status?.Addresses?.FirstOrDefault(a => a.Type == "InternalIP")?.Address ?? "", labels.TryGetValue("topology.kubernetes.io/zone", out var zone) ? zone : "",
            node.IsReady ? "running" : "stopped", node.Readiness)
        {
            Components = [.. pods.Where(p => p.Spec.NodeName == node.Metadata.Name && p.Metadata.Labels?.ContainsKey("component") == true).OrderBy(p => p.Metadata.Name, StringComparer.Ordinal)
                .Select(p => new ComponentStatus(p.Metadata.Labels["component"], 0, p.IsReady ? "running" : "waiting", 0))],
        };
    }

    private static HostStatus EtcdHost(EtcdMemberStatus member) =>
        new(member.Name, "etcd", new Uri(member.Endpoint).Host, "", member.Healthy ? "running" : "stopped", "") { Components = member.Healthy ? [new("etcd", 0, "running", 0)] : [] };

    /// <summary>An external member is called by its host, for the API knows no other name of it.</summary>
    private async Task<IReadOnlyList<EtcdMemberStatus>> MembersAsync(ClusterConfiguration cluster, IEnumerable<V1Pod> pods, CancellationToken cancel)
    {
        var named = cluster.ExternalEtcd is { } external
            ? external.Endpoints.Select(e => (Name: new Uri(e).Host, Url: new Uri(e))).ToList()
            : pods.Where(p => p.Metadata.Labels?.TryGetValue("component", out var component) == true && component == "etcd" && ClusterEtcd.UrlOf(p) is not null)
                .Select(p => (Name: p.Spec.NodeName, Url: ClusterEtcd.UrlOf(p)!)).OrderBy(m => m.Name, StringComparer.Ordinal).ToList();
        if (named.Count == 0)
            return [];
        Uri[] urls = [.. named.Select(m => m.Url)];
        using var etcd = cluster.ExternalEtcd is { } elsewhere ? ClusterEtcd.Connect(urls, elsewhere.On(paths), time) : ClusterEtcd.Connect(urls, paths, time);
        return await Task.WhenAll(named.Select(m => EtcdMemberStatus.AskAsync(etcd, m.Name, m.Url, cancel)));
    }
}
