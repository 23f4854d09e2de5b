using Ballast.Admin.Backups.Schedules;
using Ballast.Admin.EtcdQuorum;
using Ballast.Admin.Hosts;
using Ballast.Admin.Phases;
using Ballast.Admin.Rollouts;
using Ballast.Admin.Upgrades;
using Ballast.Client;
using k8s.Models;

namespace Ballast.Admin.Clusters;

/// <summary>
/// Adds the hosts that a running cluster lacks, and takes out those that it has too many of, one at a time. A control plane comes in as <c>join</c> brings one in and leaves as
/// <c>reset</c> takes one out: its member of etcd without ever a quorum less, its API server after the last request. The spec says after each host how far it is: run again it goes on.
/// </summary>
/// <param name="directory">The cluster's folder.</param>
/// <param name="program">Full path of the ballast executable.</param>
/// <param name="steps">Told of the progress.</param>
/// <param name="time">The clock.</param>
internal sealed class ClusterScaling(ClusterDirectory directory, string program, ISteps steps, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan DrainPatience = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan PollEvery = TimeSpan.FromMilliseconds(200);

    /// <returns>The spec afterwards.</returns>
    public Task<ClusterSpec> RunAsync(ClusterSpec spec, CancellationToken cancel) =>
        ChangeLock.HoldAsync(Kubeconfig(spec), "ballast up", steps, time, token => OneByOneAsync(spec, token), cancel);

    private async Task<ClusterSpec> OneByOneAsync(ClusterSpec spec, CancellationToken cancel)
    {
        foreach (var host in spec.JoiningHosts.ToList())
        {
            await steps.RunAsync($"Add {host.Name}", token => host.Role == HostRole.Worker ? Task.FromResult(AddWorker(spec, host)) : AddControlPlaneAsync(spec, host, token), cancel);
            directory.Save(spec = spec.Joined(host));
            await FollowAsync(spec, cancel);
        }
        foreach (var host in spec.LeavingHosts.ToList())
        {
            await RemoveAsync(spec, host, cancel);
            directory.Save(spec = spec.Without(host));
            await FollowAsync(spec, cancel);
            if (Directory.Exists(directory.Paths(host).Root))
                Directory.Delete(directory.Paths(host).Root, recursive: true);
        }
        return spec;
    }

    private Task FollowAsync(ClusterSpec spec, CancellationToken cancel) =>
        spec.Front is { } front ? new FrontChange(spec.Settled, front, directory.Paths(front), program, time).RunAsync(cancel) : Task.CompletedTask;

    private string AddWorker(ClusterSpec spec, ClusterHost host)
    {
        new ClusterHostFiles(spec, directory, time).EnsureWorker(host);
        Daemons(spec, host).EnsureRunning();
        return "";
    }

    private async Task<string> AddControlPlaneAsync(ClusterSpec spec, ClusterHost host, CancellationToken cancel)
    {
        var files = new ClusterHostFiles(spec, directory, time).EnsureBeforeJoining(host);
        Daemons(spec, host).EnsureRunning();
        if (spec.Topology == Topology.Stacked)
        {
            using var etcd = ClusterEtcd.Connect(spec.Settled, directory, time);
            await new MemberJoin(etcd, new(host.Name, host.IPAddress, directory.Paths(host)), files, time).RunAsync(Patience, cancel);
        }
        files.ControlPlane(spec.Joined(host).Settled.EtcdUrls);
        await ReadyAsync(host, cancel);
        using var api = Admin(spec);
        await ClusterObjects.MarkControlPlaneAsync(api, host.Name, Patience, time, cancel);
        new ClusterBackups(directory, time).GiveTo(spec.Joined(host).Settled, host);
        return host.Address;
    }

    private async Task ReadyAsync(ClusterHost host, CancellationToken cancel)
    {
        using var http = ClusterReadiness.TrustingClient(directory.Paths(host).Pki("ca.crt"));
        for (var start = time.GetTimestamp(); !await ClusterReadiness.IsReadyAsync(http, host.Address, cancel); await Task.Delay(PollEvery, time, cancel))
        {
            if (time.GetElapsedTime(start) > Patience)
                throw new ClusterException($"the API server of {host.Name} was not ready within {Patience.TotalSeconds:0} s") { Hint = $"ballast logs kube-apiserver@{host.Name}{directory.Again}; then run up again, it goes on from here" };
        }
    }

    private async Task RemoveAsync(ClusterSpec spec, ClusterHost host, CancellationToken cancel)
    {
        using var api = Admin(spec);
        if (await api.Resources<V1Node>().FindAsync(null, host.Name, cancel) is not null)
            await steps.RunAsync($"Drain {host.Name}", token => new NodeDrain(api, host.Name, time).RunAsync(DrainPatience, token), cancel);
        await new HostReset(directory.Paths(host), steps, time) { Kubeconfig = Kubeconfig(spec) }.TakeOutAsync(force: false, cancel);
    }

    private HostDaemons Daemons(ClusterSpec spec, ClusterHost host) => new(spec, host, directory.Paths(host), program);

    private ApiClient Admin(ClusterSpec spec) => ClientFactory.Create(Kubeconfig(spec), "ballast");

    private string Kubeconfig(ClusterSpec spec) => directory.OperatorKubeconfig(spec.Settled);
}
