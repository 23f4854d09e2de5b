using Ballast.Admin.Clusters;
using Ballast.Admin.Configuration;
using Ballast.Admin.EtcdQuorum;
using Ballast.Admin.Hosts;
using Ballast.Admin.Phases;
using Ballast.Admin.Rollouts;
using Ballast.Client;
using k8s.Models;

namespace Ballast.Admin.Upgrades;

/// <summary>
/// Takes a cluster on this machine to another build of the program and to other flags, one host after the other: hosts with etcd alone, control planes, workers, the load balancer. The
/// first failure stops it. The configuration in the cluster changes when the first control plane is well with it.
/// </summary>
/// <param name="directory">The cluster's folder.</param>
/// <param name="program">Full path of the executable to get to.</param>
/// <param name="steps">Told of the progress.</param>
/// <param name="time">The clock.</param>
public sealed class ClusterUpgrade(ClusterDirectory directory, string program, ISteps steps, TimeProvider time)
{
    private readonly ClusterSpec _spec = directory.Load();

    private string Kubeconfig => directory.OperatorKubeconfig(_spec);

    /// <summary>Every component of every host; changes nothing.</summary>
    public Task<IReadOnlyList<ComponentChange>> PlanAsync(ConfigurationChange change, CancellationToken cancel) => ApiAnswers.OrSentenceAsync<IReadOnlyList<ComponentChange>>(async () =>
    {
        using var api = ClientFactory.Create(Kubeconfig, "ballast");
        var wanted = change.On(await ClusterObjects.ConfigurationAsync(api, cancel));
        var versions = await VersionsAsync(api, cancel);
        return [.. InOrder.SelectMany(host => TargetOf(host, wanted).Plan(versions))];
    });

    /// <returns>The hosts that were changed.</returns>
    /// <exception cref="ClusterException">A host did not get well; the ones after it were not touched.</exception>
    public Task<IReadOnlyList<string>> ApplyAsync(ConfigurationChange change, CancellationToken cancel) => ApiAnswers.OrSentenceAsync<IReadOnlyList<string>>(async () =>
    {
        using var held = directory.Lock();
        return await ChangeLock.HoldAsync(Kubeconfig, "ballast upgrade apply", steps, time, token => OneByOneAsync(change, token), cancel);
    });

    private async Task<IReadOnlyList<string>> OneByOneAsync(ConfigurationChange change, CancellationToken cancel)
    {
        using var api = ClientFactory.Create(Kubeconfig, "ballast");
        var wanted = change.On(await ClusterObjects.ConfigurationAsync(api, cancel));
        var scope = RolloutScope.Of(_spec, directory, time);
        var changed = new List<string>();
        foreach (var host in InOrder)
        {
            cancel.ThrowIfCancellationRequested();
            try
            {
                if (await new HostUpgrade(TargetOf(host, wanted), scope, Kubeconfig, steps, time).RunAsync(cancel))
                    changed.Add(host.Name);
            }
            catch (ClusterException failed)
            {
                var untouched = InOrder.SkipWhile(h => h != host).Skip(1).Where(h => TargetOf(h, wanted).Plan(new Dictionary<(string, string), string>()).Any(c => c.IsNeeded)).Select(h => h.Name).ToList();
                throw new ClusterException(untouched.Count == 0 ? failed.Message : $"{failed.Message}. Not touched: {string.Join(", ", untouched)}") { Hint = failed.Hint };
            }
            if (host == _spec.ControlPlaneHosts.First())
                await KeepAsync(api, wanted, cancel);
        }
        return changed;
    }

    private IEnumerable<ClusterHost> InOrder => _spec.Hosts.OrderBy(h => h.Role switch { HostRole.Etcd => 0, HostRole.ControlPlane => 1, HostRole.Worker => 2, _ => 3 });

    private HostTarget TargetOf(ClusterHost host, ClusterConfiguration wanted)
    {
        var paths = directory.Paths(host);
        var self = new Host(host.Name, host.IPAddress, paths);
        return new(self, new(self, wanted, program, _spec.EtcdUrls, time), new HostDaemons(_spec, host, paths, program).Daemon(), host.Role is HostRole.ControlPlane or HostRole.Worker);
    }

    /// <summary>In the cluster for everyone, and in its folder for hosts that are made when the API may not answer.</summary>
    private async Task KeepAsync(ApiClient api, ClusterConfiguration wanted, CancellationToken cancel)
    {
        await ClusterObjects.ChangeConfigurationAsync(api, wanted, cancel);
        directory.Save(directory.Load() with { ExtraArguments = ClusterConfiguration.Components.ToDictionary(c => c, wanted.ArgumentsOf) });
    }

    private async Task<Dictionary<(string, string), string>> VersionsAsync(ApiClient api, CancellationToken cancel)
    {
        var nodes = await api.Resources<V1Node>().ListAsync(ListScope.All, cancel);
        var versions = nodes.Items.ToDictionary(n => (n.Metadata.Name, "kubelet"), n => n.Status?.NodeInfo?.KubeletVersion ?? "");
        using var etcd = ClusterEtcd.Connect(_spec, directory, time);
        foreach (var member in await new EtcdMembership(etcd, time).ListAsync(cancel))
            versions[(member.Name, "etcd")] = member.Version;
        return versions;
    }
}
