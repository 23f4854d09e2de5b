using System.Globalization;
using Ballast.Admin.Backups;
using Ballast.Admin.Clusters;
using Ballast.Admin.Hosts;
using Ballast.Admin.Phases;
using Ballast.Admin.Rollouts;

namespace Ballast.Admin.Restore;

/// <summary>
/// Brings a cluster back whose etcd has lost its quorum for good: one host becomes a cluster of one member, with its own data or with a snapshot; then the others
/// join one at a time, as learners without data: those at hand by this command, other machines by their own. Interrupted, the same command goes on.
/// </summary>
/// <param name="site">The hosts at hand.</param>
/// <param name="steps">Told of the progress.</param>
/// <param name="time">The clock.</param>
public sealed class QuorumRecovery(IRestoreSite site, ISteps steps, TimeProvider time)
{
    private const string Command = "ballast etcd recover --from";

    /// <param name="from">A host with etcd data, or the file of a snapshot.</param>
    /// <param name="confirm">Told what is going to be done; nothing is where it answers false.</param>
    /// <param name="cancel">Stops it; the same command goes on.</param>
    /// <returns>Whether anything was done.</returns>
    /// <exception cref="ClusterException">There is a quorum, or nothing to recover from, and nothing was touched; or a member does not come up.</exception>
    public async Task<bool> RunAsync(string from, Func<RestorePlan, bool> confirm, CancellationToken cancel)
    {
        var host = site.Hosts.FirstOrDefault(h => h.Name == from);
        if (host is null && !File.Exists(from))
            throw new ClusterException($"\"{from}\" is no snapshot's file, and no host whose data is here: that is {string.Join(", ", site.Hosts.Select(h => h.Name))}", 2);
        from = host?.Name ?? Path.GetFullPath(from);
        using var held = site.LockWhileRestoring();
        return await ChangeLock.HoldWhereAnsweredAsync(site.Kubeconfig, "ballast etcd recover", steps, time, () => RecoverAsync(host, from, confirm, cancel), cancel);
    }

    private async Task<bool> RecoverAsync(Host? host, string from, Func<RestorePlan, bool> confirm, CancellationToken cancel)
    {
        var swap = new EtcdDataSwap(site, steps, time);
        var journal = site.Journals.UnfinishedOf(Command, from);
        if (journal is null)
        {
            IReadOnlyList<Host>? absent = null;
            await steps.RunAsync("Ask the members", async token => (absent = await site.AbsentAsync(token)) is null ? "there is no quorum" : "they are a quorum", cancel);
            if (absent is not null)
            {
                if (absent.Count > 0)
                    return await RejoinAsync(absent, cancel);
                steps.Tell("etcd has its quorum, and every host its member: there is nothing to recover.");
                return false;
            }
            var preparation = new RestorePreparation(site, swap, steps, time);
            journal = await swap.BeginAsync(() => host is null
                ? preparation.CommitSnapshotAsync(Command, from, [site.Hosts[0].Name], confirm, cancel)
                : FromHostAsync(host, preparation, swap, confirm, cancel));
            if (journal is null)
                return false;
        }
        await swap.FinishAsync(journal, cancel);
        // There is a quorum, of one: what follows adds to it, and is found to be missing when it is interrupted.
        swap.Finished();
        return await RejoinAsync(site.Hosts.Where(h => !journal.Members.Contains(h.Name)), cancel);
    }

    private async Task<RestoreJournal?> FromHostAsync(Host host, RestorePreparation preparation, EtcdDataSwap swap, Func<RestorePlan, bool> confirm, CancellationToken cancel)
    {
        if (PresentStore.RevisionOn(host) is not { } revision)
        {
            throw new ClusterException($"{host.Name} has no etcd data that can be read; nothing was touched")
            {
                Hint = site.Hosts.Where(h => PresentStore.RevisionOn(h) is not null).MaxBy(PresentStore.RevisionOn) is { } other
                    ? $"{other.Name} has: ballast etcd recover --from {other.Name}{site.Again}"
                    : $"take a snapshot: ballast etcd recover --from FILE{site.Again}",
            };
        }
        preparation.RequireSpace(PresentStore.BytesOn(host), [host.Name]);
        var plan = preparation.Plan(host.Name, null, revision, [host.Name]);
        if (!confirm(plan))
            return null;
        await steps.RunAsync("Stop the control plane", site.StopAsync, cancel);
        try
        {
            RestoreSource source = null!;
            await steps.RunAsync($"Read the data of {host.Name}", async token =>
            {
                source = await RestoreSource.OpenAsync(await ScratchEtcd.FromDataAsync(host.Paths.EtcdData, swap.WorkFolder, time, token), site.Prefix, swap.WorkFolder, token);
                return string.Create(CultureInfo.InvariantCulture, $"{source.Identity.Objects} objects at revision {source.Revision}");
            }, cancel);
            await using (source)
                return await swap.CommitAsync(Command, source, plan with { Begins = Math.Max(plan.Begins, source.Revision + RevisionRaise.Margin) }, cancel);
        }
        catch
        {
            // As it was: without a quorum, but with whoever was there.
            if (site.Journals.Unfinished is null)
                site.Start();
            throw;
        }
    }

    private async Task<bool> RejoinAsync(IEnumerable<Host> hosts, CancellationToken cancel)
    {
        foreach (var host in hosts)
        {
            steps.Tell($"{host.Name} joins:");
            await site.ReplaceMemberAsync(host, steps, cancel);
        }
        await site.ReadyAsync(steps, cancel);
        return true;
    }
}
