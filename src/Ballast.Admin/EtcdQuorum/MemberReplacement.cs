using System.Globalization;
using Ballast.Admin.Clusters;
using Ballast.Admin.Hosts;
using Ballast.Admin.Phases;

namespace Ballast.Admin.EtcdQuorum;

/// <summary>
/// Swaps a dead member of an <c>up</c> cluster for a new one on the same host. Each step looks at what is so before it acts: interrupted anywhere, the same command
/// goes on. The old data is kept aside, and never used again: a member must not come back with a memory that it has lost part of.
/// </summary>
/// <param name="directory">The cluster's folder.</param>
/// <param name="program">Full path of the ballast executable.</param>
/// <param name="steps">Told of the progress.</param>
/// <param name="time">The clock.</param>
public sealed class MemberReplacement(ClusterDirectory directory, string program, ISteps steps, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <exception cref="ClusterException">The member is healthy, or the others are no quorum.</exception>
    public async Task RunAsync(string hostName, CancellationToken cancel)
    {
        var spec = directory.Load();
        using var held = directory.Lock();
        await RunAsync(spec, hostName, cancel);
    }

    /// <summary>As above, for a command that holds the cluster's lock.</summary>
    internal async Task RunAsync(ClusterSpec spec, string hostName, CancellationToken cancel)
    {
        var host = spec.EtcdHosts.FirstOrDefault(h => h.Name == hostName)
            ?? throw new ClusterException($"\"{hostName}\" is no host with an etcd member: those are {string.Join(", ", spec.EtcdHosts.Select(h => h.Name))}", 2);
        var paths = directory.Paths(host);
        var peerUrl = $"https://{host.Address}:2380";
        using var etcd = ClusterEtcd.Connect(spec, directory, time);
        var membership = new EtcdMembership(etcd, time);

        var members = await membership.AfterElectionAsync(cancel);
        var old = members.FirstOrDefault(m => m.PeerUrl == peerUrl);
        RefuseUnlessDead(members, old, host);

        await steps.RunAsync($"Stop etcd on {host.Name}", token => StopAsync(host, paths, token), cancel);
        await steps.RunAsync("Remove the dead member", async token =>
        {
            if (old is null)
                return "it was removed already";
            await membership.RemoveAsync(old.Id, token);
            return old.Id;
        }, cancel);
        await steps.RunAsync("Keep its data aside", _ => Task.FromResult(SetAside(paths)), cancel);
        await steps.RunAsync("Start the new member", async token =>
        {
            new HostDaemons(spec, host, paths, program).EnsureRunning();
            var self = new Host(host.Name, host.IPAddress, paths);
            return $"{await new MemberJoin(etcd, self, new HostFiles(spec.Configuration, self, time), time).RunAsync(Patience, token)} voting members";
        }, cancel);
    }

    private void RefuseUnlessDead(IReadOnlyList<MemberStatus> members, MemberStatus? member, ClusterHost host)
    {
        if (member is { Healthy: true, Learner: false })
        {
            throw new ClusterException($"the etcd member of {host.Name} is healthy: there is nothing to replace")
            {
                Hint = $"stop it first where it has to go all the same: ballast component stop etcd@{host.Name}{directory.Again}",
            };
        }
        if (member is { Learner: false } && EtcdMembership.SizeOf(members).RefusalToRemove(member.Called, member.Healthy) is { } refusal)
            throw new ClusterException(refusal) { Hint = "bring back other members first: ballast etcd health" };
        if (directory.Processes(host).List().Any(p => p.Paused))
            throw new ClusterException($"{host.Name} is frozen, and may go on at any moment") { Hint = $"ballast node kill {host.Name}{directory.Again}" };
    }

    /// <summary>Without its manifest the kubelet ends it, and does not start it again.</summary>
    private async Task<string> StopAsync(ClusterHost host, HostPaths paths, CancellationToken cancel)
    {
        File.Delete(paths.Manifest("etcd"));
        var start = time.GetTimestamp();
        while (directory.Processes(host).List().Any(p => p.Component == "etcd"))
        {
            if (time.GetElapsedTime(start) > Patience)
                throw new ClusterException($"etcd on {host.Name} did not end within {Patience.TotalSeconds:0} s") { Hint = $"ballast node kill {host.Name}{directory.Again}, then again" };
            await Task.Delay(TimeSpan.FromMilliseconds(200), time, cancel);
        }
        return "";
    }

    private string SetAside(HostPaths paths)
    {
        if (!Directory.Exists(paths.EtcdData) || !Directory.EnumerateFileSystemEntries(paths.EtcdData).Any())
            return "there was none";
        var aside = $"{paths.EtcdData}.replaced-{time.GetUtcNow().ToString("yyyyMMdd'T'HHmmssfff'Z'", CultureInfo.InvariantCulture)}";
        Directory.Move(paths.EtcdData, aside);
        return aside;
    }
}
