using Ballast.Admin.Backups;
using Ballast.Admin.Clusters;

namespace Ballast.Admin.Restore;

/// <summary>
/// Takes a restored store to a revision that no client has seen yet, and forgets all revisions before it. Clients compare resourceVersions, so they must never go back:
/// who watches from one of the old ones is told that it is gone (410), and lists again.
/// </summary>
internal static class RevisionRaise
{
    /// <summary>Far more than a cluster writes while it is being restored, as etcd's own tools take it.</summary>
    public const long Margin = 1_000_000_000;

    private const string Key = "ballast/revision";

    /// <summary>
    /// One change is one revision; so the last one, a deletion of a key of our own, is given the new revision in the database file. That costs the same however far the way is.
    /// </summary>
    public static async Task RunAsync(ScratchEtcd scratch, long revision, CancellationToken cancel)
    {
        // With an alarm for want of space, which a snapshot keeps, nothing could be written.
        await scratch.Client.Maintenance.DisarmAsync(scratch.Endpoint, cancel);
        for (var attempt = 1; !await MoveAsync(scratch, revision, cancel); attempt++)
        {
            // A lease ended in between, and its keys were deleted after ours.
            if (attempt == 5)
                throw new ClusterException("the snapshot's store changes by itself: its revision could not be raised") { Hint = "run the command again; nothing was touched" };
        }
        var reached = await scratch.Client.KeyValues.CurrentRevisionAsync(cancel);
        if (reached < revision)
            throw new ClusterException($"the restored store is at revision {reached}, and should be at {revision}; nothing was touched");
        await scratch.Client.KeyValues.CompactAsync(revision, cancel);
    }

    private static async Task<bool> MoveAsync(ScratchEtcd scratch, long revision, CancellationToken cancel)
    {
        var keys = scratch.Client.KeyValues;
        var made = await keys.CreateAsync(Key, ReadOnlyMemory<byte>.Empty, 0, cancel);
        if (!(await keys.DeleteIfModRevisionAsync(Key, made.Current?.ModRevision ?? made.Revision, cancel)).Succeeded)
            return false;
        var moved = false;
        await scratch.EditAsync(data => moved = new EtcdDatabaseFile(EtcdDatabaseFile.In(data)).MoveDeletion(Key, revision), cancel);
        return moved;
    }
}
