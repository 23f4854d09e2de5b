using Ballast.Admin.Clusters;
using Ballast.Admin.Phases;
using Ballast.Admin.Rollouts;

namespace Ballast.Admin.Restore;

/// <summary>
/// Takes a cluster back to a snapshot: every member at hand gets the same data, and resourceVersions go on beyond all that were seen before. Members on other machines leave first, and come
/// back one by one with that data. Interrupted at any moment the cluster is the old one or, once the same command has been run again, the new one.
/// </summary>
/// <param name="site">The hosts at hand.</param>
/// <param name="steps">Told of the progress.</param>
/// <param name="time">The clock.</param>
public sealed class SnapshotRestore(IRestoreSite site, ISteps steps, TimeProvider time)
{
    private const string Command = "ballast etcd snapshot restore";

    /// <param name="file">The snapshot.</param>
    /// <param name="confirm">Told what is going to be done; nothing is where it answers false.</param>
    /// <param name="cancel">Stops it: before anything was touched, or after, to be finished by the same command.</param>
    /// <returns>The restore that was made; null where it was not confirmed.</returns>
    /// <exception cref="ClusterException">The snapshot cannot be used or there is no room, and nothing was touched; or the restored cluster does not come up.</exception>
    public async Task<RestoreJournal?> RunAsync(string file, Func<RestorePlan, bool> confirm, CancellationToken cancel)
    {
        file = Path.GetFullPath(file);
        using var held = site.LockWhileRestoring();
        return await ChangeLock.HoldWhereAnsweredAsync(site.Kubeconfig, Command, steps, time, () => RestoreAsync(file, confirm, cancel), cancel);
    }

    private async Task<RestoreJournal?> RestoreAsync(string file, Func<RestorePlan, bool> confirm, CancellationToken cancel)
    {
        var swap = new EtcdDataSwap(site, steps, time);
        var journal = site.Journals.UnfinishedOf(Command, file) ?? await swap.BeginAsync(() =>
            new RestorePreparation(site, swap, steps, time).CommitSnapshotAsync(Command, file, [.. site.Hosts.Select(h => h.Name)], confirm, cancel));
        if (journal is null)
            return null;
        await swap.FinishAsync(journal, cancel);
        try
        {
            // Only then: the same command, run again before, must not go back over what has been written since.
            await site.ReadyAsync(steps, cancel);
            swap.Finished();
        }
        catch (ClusterException)
        {
            // The data is in its place. That something else does not run is no reason to keep the operator from mending it.
            swap.Finished();
            throw;
        }
        return journal;
    }
}
