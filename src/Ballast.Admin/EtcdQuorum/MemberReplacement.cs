using Ballast.Admin.Clusters;
using Ballast.Admin.Hosts;
using Ballast.Admin.Phases;
using Ballast.Etcd;

namespace Ballast.Admin.EtcdQuorum;

/// <summary>
/// Swaps a host's dead member for a new one, or gives a host one that has none. Each step looks at what is so before it acts: interrupted anywhere, the same command
/// goes on. The old data is kept aside, and never used again: a member must not come back with a memory that it has lost part of.
/// </summary>
/// <param name="etcd">A client of the members of the quorum.</param>
/// <param name="host">The host.</param>
/// <param name="files">Its files.</param>
/// <param name="startKubelet">Starts the host's kubelet where it does not run.</param>
/// <param name="clusterAgain">What a further command must be given to find the cluster on this machine; null on a machine of its own.</param>
/// <param name="steps">Told of the progress.</param>
/// <param name="time">The clock.</param>
public sealed class MemberReplacement(EtcdClient etcd, Host host, HostFiles files, Action startKubelet, string? clusterAgain, ISteps steps, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly HostPaths _paths = host.Paths;
    private readonly HostProcesses _processes = new(host.Paths);

    /// <exception cref="ClusterException">The member is healthy, or the others are no quorum.</exception>
    public async Task RunAsync(CancellationToken cancel)
    {
        var membership = new EtcdMembership(etcd, time);
        var members = await membership.AfterElectionAsync(cancel);
        var old = members.FirstOrDefault(m => m.PeerUrl == ClusterEtcd.PeerUrlOf(host));
        RefuseUnlessDead(members, old);

        await steps.RunAsync($"Stop etcd on {host.Name}", StopAsync, cancel);
        await steps.RunAsync("Remove the dead member", async token =>
        {
            if (old is null)
                return "it was removed already";
            await membership.RemoveAsync(old.Id, token);
            return old.Id;
        }, cancel);
        await steps.RunAsync("Keep its data aside", _ => Task.FromResult(SetAside()), cancel);
        await steps.RunAsync("Start the new member", async token =>
        {
            startKubelet();
            return $"{await new MemberJoin(etcd, host, files, time).RunAsync(Patience, token)} voting members";
        }, cancel);
    }

    private void RefuseUnlessDead(IReadOnlyList<MemberStatus> members, MemberStatus? member)
    {
        if (member is { Healthy: true, Learner: false })
        {
            throw new ClusterException($"the etcd member of {host.Name} is healthy: there is nothing to replace")
            {
                Hint = clusterAgain is null ? null : $"stop it first where it has to go all the same: ballast component stop etcd@{host.Name}{clusterAgain}",
            };
        }
        if (member is { Learner: false } && EtcdMembership.SizeOf(members).RefusalToRemove(member.Called, member.Healthy) is { } refusal)
            throw new ClusterException(refusal) { Hint = "bring back other members first: ballast etcd health" };
        if (_processes.List().Any(p => p.Paused))
            throw new ClusterException($"{host.Name} is frozen, and may go on at any moment") { Hint = Killing };
    }

    /// <summary>Without its manifest the kubelet ends it, and does not start it again.</summary>
    private async Task<string> StopAsync(CancellationToken cancel)
    {
        File.Delete(_paths.Manifest("etcd"));
        var start = time.GetTimestamp();
        while (_processes.List().Any(p => p.Component == "etcd"))
        {
            if (time.GetElapsedTime(start) > Patience)
                throw new ClusterException($"etcd on {host.Name} did not end within {Patience.TotalSeconds:0} s") { Hint = Killing };
            await Task.Delay(TimeSpan.FromMilliseconds(200), time, cancel);
        }
        return "";
    }

    private string Killing => clusterAgain is null ? $"see what the kubelet does: {_paths.DaemonLog("kubelet")}; then run the command again" : $"ballast node kill {host.Name}{clusterAgain}, then again";

    private string SetAside()
    {
        if (!EtcdDataFolders.HasData(_paths.EtcdData))
            return "there was none";
        var aside = EtcdDataFolders.Beside(_paths, $"replaced-{EtcdDataFolders.Moment(time)}");
        EtcdDataFolders.Move(_paths.EtcdData, aside);
        return aside;
    }
}
