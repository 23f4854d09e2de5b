using Ballast.Admin.Clusters;
using Ballast.Admin.EtcdQuorum;
using Ballast.Admin.Hosts;
using Ballast.Admin.Phases;
using Ballast.Admin.Rollouts;
using Ballast.Etcd;

namespace Ballast.Admin.Restore;

/// <summary>A cluster of <c>up</c>: every host is at hand.</summary>
/// <param name="directory">The cluster's folder.</param>
/// <param name="program">Full path of the ballast executable.</param>
/// <param name="time">The clock.</param>
public sealed class ClusterSite(ClusterDirectory directory, string program, TimeProvider time) : IRestoreSite
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly ClusterSpec _spec = directory.Load();

    public string Name => _spec.Name;

    public IReadOnlyList<Host> Hosts { get; } = [.. directory.Load().EtcdHosts.Select(h => new Host(h.Name, h.IPAddress, directory.Paths(h)))];

    public string CaFile => directory.Paths(_spec.ControlPlaneHosts.First()).Pki("ca.crt");

    public string Prefix => ClusterEtcd.PrefixOf(directory.Paths(_spec.ControlPlaneHosts.First()));

    public string Kubeconfig => directory.OperatorKubeconfig(_spec);

    public string Folder => directory.Path;

    public RestoreJournals Journals => RestoreJournals.Of(directory);

    public string Again => directory.Again;

    private IEnumerable<ClusterHost> ControlPlane => _spec.EtcdHosts.Union(_spec.ControlPlaneHosts);

    public IDisposable LockWhileRestoring() => directory.LockWhileRestoring();

    public Task<IReadOnlyList<MemberStatus>> ElsewhereAsync(CancellationToken cancel) => Task.FromResult<IReadOnlyList<MemberStatus>>([]);

    public Task RemoveElsewhereAsync(ISteps steps, CancellationToken cancel) => Task.CompletedTask;

    public async Task<IReadOnlyList<Host>?> AbsentAsync(CancellationToken cancel)
    {
        using var etcd = ClusterEtcd.Connect(_spec, directory, time);
        IReadOnlyList<MemberStatus> members;
        try
        {
            members = await new EtcdMembership(etcd, time).AfterElectionAsync(cancel);
        }
        catch (EtcdException)
        {
            return null;
        }
        if (!EtcdMembership.SizeOf(members).Holds)
            return null;
        if (members.FirstOrDefault(m => m is { Learner: false, Healthy: false }) is { } dead)
        {
            throw new ClusterException($"etcd has its quorum, only {dead.Called} is not healthy ({dead.Error}): there is nothing to recover, and nothing was touched")
            {
                Hint = $"start it, or where its data is lost: ballast etcd replace {dead.Called}{Again}",
            };
        }
        return [.. Hosts.Where(h => !members.Any(m => !m.Learner && m.Name == h.Name))];
    }

    public async Task<string> StopAsync(CancellationToken cancel)
    {
        await Task.WhenAll(ControlPlane.Select(directory.Processes).Select(host =>
            host.List().Any(p => p.Paused) ? host.KillAsync(time, cancel) : host.StopAsync(Grace, time, cancel)));
        return $"{ControlPlane.Count()} hosts";
    }

    public string Start()
    {
        foreach (var host in ControlPlane)
            new HostDaemons(_spec, host, directory.Paths(host), program).EnsureRunning();
        return $"{ControlPlane.Count()} hosts";
    }

    public void EnsureManifest(Host host, IReadOnlyList<(string Name, string PeerUrl)> members) => new HostFiles(_spec.Configuration, host, time).Etcd(members);

    public async Task ReadyAsync(ISteps steps, CancellationToken cancel)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(Patience);
        using var readiness = new ClusterReadiness(_spec, directory, time);
        try
        {
            await steps.RunAsync("Wait for the API servers", readiness.ApiServersAsync, deadline.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new ClusterException($"the data is restored, but not everything runs after {Patience.TotalSeconds:0} s: {readiness.Waiting}") { Hint = $"ballast status{Again}" };
        }
    }

    /// <summary>As above, by a host's name.</summary>
    /// <exception cref="ClusterException">There is no such host, its member is healthy, or another command is at it.</exception>
    public async Task ReplaceMemberAsync(string host, ISteps steps, CancellationToken cancel)
    {
        var found = Hosts.FirstOrDefault(h => h.Name == host) ?? throw new ClusterException($"\"{host}\" is no host with an etcd member: those are {string.Join(", ", Hosts.Select(h => h.Name))}", 2);
        using var held = directory.Lock();
        await ChangeLock.HoldWhereAnsweredAsync(Kubeconfig, "ballast etcd replace", steps, time, async () =>
        {
            await ReplaceMemberAsync(found, steps, cancel);
            return found;
        }, cancel);
    }

    public async Task ReplaceMemberAsync(Host host, ISteps steps, CancellationToken cancel)
    {
        using var etcd = ClusterEtcd.Connect(_spec, directory, time);
        var daemons = new HostDaemons(_spec, _spec.EtcdHosts.Single(h => h.Name == host.Name), host.Paths, program);
        await new MemberReplacement(etcd, host, new HostFiles(_spec.Configuration, host, time), () => daemons.EnsureRunning(), Again, steps, time).RunAsync(cancel);
    }
}
