using System.Globalization;
using Ballast.Admin.Backups;
using Ballast.Admin.Clusters;
using Ballast.Admin.EtcdQuorum;
using Ballast.Admin.Phases;
using Ballast.Etcd;

namespace Ballast.Admin.Restore;

/// <summary>
/// Brings an <c>up</c> cluster back whose etcd has lost its quorum for good: one host becomes a cluster of one member, with its own data or with a snapshot; then the others
/// join one at a time, as learners without data. Interrupted, the same command goes on.
/// </summary>
/// <param name="directory">The cluster's folder.</param>
/// <param name="program">Full path of the ballast executable.</param>
/// <param name="steps">Told of the progress.</param>
/// <param name="time">The clock.</param>
public sealed class QuorumRecovery(ClusterDirectory directory, string program, ISteps steps, TimeProvider time)
{
    private const string Command = "ballast etcd recover --from";

    /// <param name="from">A host with etcd data, or the file of a snapshot.</param>
    /// <param name="confirm">Told what is going to be done; nothing is where it answers false.</param>
    /// <param name="cancel">Stops it; the same command goes on.</param>
    /// <returns>Whether anything was done.</returns>
    /// <exception cref="ClusterException">There is a quorum, or nothing to recover from, and nothing was touched; or a member does not come up.</exception>
    public async Task<bool> RunAsync(string from, Func<RestorePlan, bool> confirm, CancellationToken cancel)
    {
        var spec = directory.Load();
        var host = spec.EtcdHosts.FirstOrDefault(h => h.Name == from);
        from = host?.Name ?? Path.GetFullPath(from);
        using var held = directory.LockWhileRestoring();
        var swap = new EtcdDataSwap(spec, directory, program, steps, time);
        var journal = RestoreJournal.ReadOf(Command, from, directory);
        if (journal is null)
        {
            if (await AbsentAsync(spec, cancel) is { } absent)
            {
                if (absent.Count > 0)
                    return await RejoinAsync(spec, swap, absent, cancel);
                steps.Tell("etcd has its quorum, and every host its member: there is nothing to recover.");
                return false;
            }
            var preparation = new RestorePreparation(spec, directory, swap, steps, time);
            journal = await swap.BeginAsync(() => host is null
                ? preparation.CommitSnapshotAsync(Command, from, [spec.EtcdHosts.First().Name], confirm, cancel)
                : FromHostAsync(host, spec, preparation, swap, confirm, cancel));
            if (journal is null)
                return false;
        }
        await swap.FinishAsync(journal, cancel);
        // There is a quorum, of one: what follows adds to it, and is found to be missing when it is interrupted.
        swap.Finished();
        return await RejoinAsync(spec, swap, spec.EtcdHosts.Where(h => !journal.Members.Contains(h.Name)), cancel);
    }

    /// <summary>Where the members are a quorum: the hosts that have yet to join, as after a recovery that was interrupted. Null where there is no quorum.</summary>
    private async Task<IReadOnlyList<ClusterHost>?> AbsentAsync(ClusterSpec spec, CancellationToken cancel)
    {
        using var etcd = ClusterEtcd.Connect(spec, directory, time);
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
                Hint = $"start it, or where its data is lost: ballast etcd replace {dead.Called}{directory.Again}",
            };
        }
        return [.. spec.EtcdHosts.Where(h => !members.Any(m => !m.Learner && m.Name == h.Name))];
    }

    private async Task<RestoreJournal?> FromHostAsync(ClusterHost host, ClusterSpec spec, RestorePreparation preparation, EtcdDataSwap swap, Func<RestorePlan, bool> confirm, CancellationToken cancel)
    {
        var present = new PresentStore(spec, directory, time);
        if (present.RevisionOn(host) is not { } revision)
        {
            throw new ClusterException($"{host.Name} has no etcd data that can be read; nothing was touched")
            {
                Hint = spec.EtcdHosts.Where(h => present.RevisionOn(h) is not null).MaxBy(present.RevisionOn) is { } other
                    ? $"{other.Name} has: ballast etcd recover --from {other.Name}{directory.Again}"
                    : $"take a snapshot: ballast etcd recover --from FILE{directory.Again}",
            };
        }
        preparation.RequireSpace(present.BytesOn(host), [host.Name]);
        var plan = preparation.Plan(host.Name, null, revision, [host.Name]);
        if (!confirm(plan))
            return null;
        await steps.RunAsync("Stop the control plane", swap.StopAsync, cancel);
        try
        {
            RestoreSource source = null!;
            await steps.RunAsync($"Read the data of {host.Name}", async token =>
            {
                source = await RestoreSource.OpenAsync(await ScratchEtcd.FromDataAsync(directory.Paths(host).EtcdData, swap.WorkFolder, time, token), swap.WorkFolder, token);
                return string.Create(CultureInfo.InvariantCulture, $"{source.Identity.Objects} objects at revision {source.Revision}");
            }, cancel);
            await using (source)
                return await swap.CommitAsync(Command, source, plan with { Begins = Math.Max(plan.Begins, source.Revision + RevisionRaise.Margin) }, cancel);
        }
        catch
        {
            // As it was: without a quorum, but with whoever was there.
            if (RestoreJournal.Read(directory) is null)
                swap.Start();
            throw;
        }
    }

    private async Task<bool> RejoinAsync(ClusterSpec spec, EtcdDataSwap swap, IEnumerable<ClusterHost> hosts, CancellationToken cancel)
    {
        foreach (var host in hosts)
        {
            steps.Tell($"{host.Name} joins:");
            await new MemberReplacement(directory, program, steps, time).RunAsync(spec, host.Name, cancel);
        }
        await swap.ReadyAsync(cancel);
        return true;
    }
}
