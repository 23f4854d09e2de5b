using System.Globalization;
using Ballast.Admin.Backups;
using Ballast.Admin.Clusters;
using Ballast.Admin.Hosts;
using Ballast.Admin.Phases;

namespace Ballast.Admin.Restore;

/// <summary>Looks whether a restore can go well, before anything is touched, and takes one from a snapshot as far as its journal.</summary>
internal sealed class RestorePreparation(IRestoreSite site, EtcdDataSwap swap, ISteps steps, TimeProvider time)
{
    private readonly PresentStore _present = new(site, time);

    /// <param name="command">The command that will finish it, should this one be interrupted.</param>
    /// <param name="file">The snapshot.</param>
    /// <param name="members">The hosts that are to have its data.</param>
    /// <param name="confirm">Told what is going to be done.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>The journal; null where it was not confirmed.</returns>
    /// <exception cref="ClusterException">It cannot be used for this cluster, or there is no room for it.</exception>
    public async Task<RestoreJournal?> CommitSnapshotAsync(string command, string file, IReadOnlyList<string> members, Func<RestorePlan, bool> confirm, CancellationToken cancel)
    {
        RestoreSource source = null!;
        IReadOnlyList<string> leaving = [];
        await steps.RunAsync("Check the snapshot", async token =>
        {
            RequireSpace((await SnapshotFile.CheckAsync(file, token)).Bytes, members);
            leaving = [.. (await site.ElsewhereAsync(token)).Select(m => m.Called)];
            source = await RestoreSource.FromSnapshotAsync(file, site.Prefix, inner => _present.IdentityAsync(swap.WorkFolder, inner), site.CaFile, swap.WorkFolder, time, token);
            return string.Create(CultureInfo.InvariantCulture, $"{source.Identity.Objects} objects at revision {source.Revision}");
        }, cancel);
        await using (source)
        {
            var plan = Plan(file, source.Identity.Objects, source.Revision, members) with { Leaving = leaving };
            return confirm(plan) ? await swap.CommitAsync(command, source, plan, cancel) : null;
        }
    }

    public RestorePlan Plan(string from, long? objects, long revision, IReadOnlyList<string> members) =>
        new(from, objects, revision, [.. site.Hosts.Select(h => (h.Name, PresentStore.RevisionOn(h)))], [], members, Math.Max(revision, _present.Revision()) + RevisionRaise.Margin,
            EtcdDataFolders.Moment(time));

    /// <summary>For the scratch etcd's data and what is taken from it, and for each member's.</summary>
    public void RequireSpace(long bytes, IReadOnlyList<string> members) =>
        FreeSpace.Require([(site.Folder, 3 * bytes + EtcdDataSwap.LogBytes), .. site.Hosts.Where(h => members.Contains(h.Name)).Select(h => (h.Paths.EtcdData, bytes + EtcdDataSwap.LogBytes))]);
}
