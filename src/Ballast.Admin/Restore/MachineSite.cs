using Ballast.Admin.Clusters;
using Ballast.Admin.Configuration;
using Ballast.Admin.EtcdQuorum;
using Ballast.Admin.Hosts;
using Ballast.Admin.Phases;
using Ballast.Admin.Rollouts;
using Ballast.Admin.Upgrades;
using Ballast.Client;
using Ballast.Etcd;

namespace Ballast.Admin.Restore;

/// <summary>
/// A control plane that <c>init</c> or <c>join</c> made, on it. Its member becomes a quorum of one; what other machines have is taken out of the old quorum first, where there is one, so that nobody
/// goes on with the old state. On each of those, <see cref="ReplaceMemberAsync(Host, ISteps, CancellationToken)"/> then brings a new member in.
/// </summary>
public sealed class MachineSite : IRestoreSite
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan PollEvery = TimeSpan.FromMilliseconds(250);

    private readonly Host _host;
    private readonly MachineEtcd _etcd;
    private readonly string _program;
    private readonly TimeProvider _time;

    /// <param name="paths">The host's files.</param>
    /// <param name="program">Full path of the ballast executable.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="ClusterException">It is no control plane with a member of its own.</exception>
    public MachineSite(HostPaths paths, string program, TimeProvider time)
    {
        (_host, _program, _time) = (HostIdentity.Read(paths), program, time);
        _etcd = new(_host, time);
        _etcd.RefuseExternal("its data and its members are on its own hosts",
            "take it back to a snapshot: ballast etcd snapshot raise, then etcdctl snapshot restore on each of those; a member that is lost: etcdctl member remove, member add, and start it anew there");
    }

    public string Name => _host.Name;

    public IReadOnlyList<Host> Hosts => [_host];

    public string CaFile => Paths.Pki("ca.crt");

    public string Prefix => ClusterEtcd.PrefixOf(Paths);

    public string Kubeconfig => Paths.Kubeconfig("admin.conf");

    public string Folder => Paths.RestoreFolder;

    public RestoreJournals Journals => RestoreJournals.Of(Paths);

    public string Again => Paths.Again;

    private HostPaths Paths => _host.Paths;

    private Daemon Kubelet => KubeletDaemon.Kept(Paths, _program);

    public IDisposable LockWhileRestoring() => HostLock.TakeWhileRestoring(Paths);

    public async Task<IReadOnlyList<MemberStatus>> ElsewhereAsync(CancellationToken cancel)
    {
        if (await QuorumAsync(cancel) is not { } members)
            return [];
        return members.Any(IsOwnAndHealthy) ? [.. members.Where(m => !IsOwn(m))]
            : throw new ClusterException($"{Names(members)} have the quorum, and the member of {_host.Name} is not one of them that is healthy; nothing was touched")
            {
                Hint = $"run the command on one of those; or give this host a member again first: ballast etcd replace{Again}",
            };
    }

    public async Task RemoveElsewhereAsync(ISteps steps, CancellationToken cancel)
    {
        var others = await ElsewhereAsync(cancel);
        if (others.Count == 0)
            return;
        await steps.RunAsync("Take the other members out of the quorum", async token =>
        {
            using var etcd = await _etcd.ConnectAsync(token);
            var membership = new EtcdMembership(etcd, _time);
            // Those that are lost first: the quorum never needs one of them.
            foreach (var other in others.OrderBy(m => m.Healthy))
                await membership.RemoveAsync(other.Id, token);
            return Names(others);
        }, cancel);
    }

    public async Task<IReadOnlyList<Host>?> AbsentAsync(CancellationToken cancel)
    {
        if (await QuorumAsync(cancel) is not { } members)
            return null;
        return members.Any(IsOwnAndHealthy) ? []
            : throw new ClusterException($"etcd has its quorum ({Names(members)}): there is nothing to recover, and nothing was touched") { Hint = $"give this host a member again: ballast etcd replace{Again}" };
    }

    public async Task<string> StopAsync(CancellationToken cancel)
    {
        if (SystemdUnit.IsUsedOn(Paths))
            SystemdUnit.Stop("kubelet");
        var processes = new HostProcesses(Paths);
        await (processes.List().Any(p => p.Paused) ? processes.KillAsync(_time, cancel) : processes.StopAsync(Grace, _time, cancel));
        return _host.Name;
    }

    public string Start()
    {
        Kubelet.EnsureRunning(Paths);
        return _host.Name;
    }

    /// <summary>Without further flags: they are in the API, which does not answer, and come back with the next <c>upgrade node</c>.</summary>
    public void EnsureManifest(Host host, IReadOnlyList<(string Name, string PeerUrl)> members) => new HostFiles(new ClusterConfiguration(), host, _time).Etcd(members);

    public async Task ReadyAsync(ISteps steps, CancellationToken cancel)
    {
        await steps.RunAsync("Wait for the API server", async token =>
        {
            using var http = ClusterReadiness.TrustingClient(CaFile);
            for (var start = _time.GetTimestamp(); !await ClusterReadiness.IsReadyAsync(http, _host.Address.ToString(), token); await Task.Delay(PollEvery, _time, token))
            {
                if (_time.GetElapsedTime(start) > Patience)
                    throw new ClusterException($"etcd runs, but the API server of {_host.Name} is not ready after {Patience.TotalSeconds:0} s") { Hint = $"see its log below {Paths.Logs}/pods, and {Paths.DaemonLog("kubelet")}" };
            }
            return "";
        }, cancel);
        // The restored state may know nothing of this node, or not that it is a control plane.
        await steps.RunAsync("Mark the node as a control plane", token => ApiAnswers.OrSentenceAsync(async () =>
        {
            using var api = Admin();
            await ClusterObjects.MarkControlPlaneAsync(api, _host.Name, Patience, _time, token);
            return "";
        }), cancel);
    }

    /// <summary>This host gets a new member of the quorum that others have.</summary>
    /// <param name="named">The host that the user named; null for this one.</param>
    /// <param name="steps">Told of the progress.</param>
    /// <param name="cancel">Stops it; run again it goes on.</param>
    /// <exception cref="ClusterException">It is another host, its member is healthy, or nobody has a quorum.</exception>
    public async Task ReplaceMemberAsync(string? named, ISteps steps, CancellationToken cancel)
    {
        if (named is not null && named != _host.Name)
            throw new ClusterException($"this is {_host.Name}, and not {named}: a machine's member is replaced by a command on that machine", 2);
        using var held = HostLock.Take(Paths);
        await ChangeLock.HoldAsync(Kubeconfig, "ballast etcd replace", steps, _time, async token =>
        {
            await ReplaceMemberAsync(_host, steps, token);
            await ReadyAsync(steps, token);
            return _host;
        }, cancel);
    }

    public Task ReplaceMemberAsync(Host host, ISteps steps, CancellationToken cancel) => ApiAnswers.OrSentenceAsync(async () =>
    {
        using var api = Admin();
        var files = new HostFiles(await ClusterObjects.ConfigurationAsync(api, cancel), host, _time);
        using var etcd = ClusterEtcd.Connect(await QuorumToJoinAsync(api, cancel), _etcd.Tls, _time);
        await new MemberReplacement(etcd, host, files, StartAnew, clusterAgain: null, steps, _time).RunAsync(cancel);
        return true;
    });

    /// <summary>An API server that knew another quorum's state begins anew.</summary>
    private void StartAnew()
    {
        new HostProcesses(Paths).Signal("kube-apiserver", ComponentSignal.Stop);
        Kubelet.EnsureRunning(Paths);
    }

    /// <summary>The members, where they are a quorum; null where they are not, or none answers.</summary>
    private async Task<IReadOnlyList<MemberStatus>?> QuorumAsync(CancellationToken cancel)
    {
        using var etcd = await _etcd.ConnectAsync(cancel);
        try
        {
            var members = await new EtcdMembership(etcd, _time).AfterElectionAsync(cancel);
            return EtcdMembership.SizeOf(members).Holds ? members : null;
        }
        catch (EtcdException)
        {
            return null;
        }
    }

    /// <summary>
    /// The members that know a leader, this host's among them only where it is one of theirs. One that has lost its quorum still answers what it knew last, and must not be asked.
    /// </summary>
    private async Task<IReadOnlyList<Uri>> QuorumToJoinAsync(ApiClient api, CancellationToken cancel)
    {
        var known = (await ClusterEtcd.MembersOfAsync(api, except: _host.Name, cancel)).Concat(_etcd.Named).Append(_etcd.Own).Distinct().ToList();
        using var etcd = ClusterEtcd.Connect(known, _etcd.Tls, _time);
        var answers = await Task.WhenAll(known.Select(AskAsync));
        var led = answers.Where(a => a.Url != _etcd.Own && a.Status is { Leader: not 0 }).ToList();
        if (led.Count == 0)
            throw new ClusterException($"no etcd member that knows a leader answers ({string.Join(", ", known)}): there is no quorum to join") { Hint = "where it is lost for good, on the control plane with the newest data: ballast etcd recover --from HOST" };
        return led.Select(a => a.Status!.ClusterId).Distinct().Count() == 1 ? [.. answers.Where(a => a.Status is { Leader: not 0 } own && own.ClusterId == led[0].Status!.ClusterId).Select(a => a.Url)]
            : throw new ClusterException($"{string.Join(" and ", led.Select(a => a.Url))} belong to different clusters: this host can join one alone") { Hint = "on the hosts whose data is to go, stop etcd: move its manifest out of the manifests folder; then run the command again" };

        async Task<(Uri Url, EtcdStatus? Status)> AskAsync(Uri url)
        {
            try
            {
                return (url, await etcd.Maintenance.StatusAsync(url, cancel));
            }
            catch (EtcdException)
            {
                return (url, null);
            }
        }
    }

    private bool IsOwn(MemberStatus member) => member.PeerUrl == ClusterEtcd.PeerUrlOf(_host);

    private bool IsOwnAndHealthy(MemberStatus member) => IsOwn(member) && member is { Healthy: true, Learner: false };

    private ApiClient Admin() => ClientFactory.Create(Kubeconfig, "ballast");

    private static string Names(IEnumerable<MemberStatus> members) => string.Join(", ", members.Select(m => m.Called));
}
