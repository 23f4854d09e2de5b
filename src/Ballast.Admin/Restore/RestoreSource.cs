using Ballast.Admin.Backups;
using Ballast.Admin.Clusters;
using Ballast.Admin.Files;

namespace Ballast.Admin.Restore;

/// <summary>
/// A store that is to become the cluster's, in a scratch etcd: looked at first, then taken beyond every revision the cluster has been at, and written to one snapshot
/// that all members are made from. Nothing of the cluster is touched.
/// </summary>
internal sealed class RestoreSource : IAsyncDisposable
{
    private readonly ScratchEtcd _scratch;
    private readonly string _workFolder;

    private RestoreSource(ScratchEtcd scratch, string workFolder, StoreIdentity identity, long revision) =>
        (_scratch, _workFolder, Identity, Revision) = (scratch, workFolder, identity, revision);

    /// <summary>Whose it is.</summary>
    public StoreIdentity Identity { get; }

    /// <summary>What it is at.</summary>
    public long Revision { get; }

    /// <summary>From a snapshot of this cluster.</summary>
    /// <param name="file">The snapshot.</param>
    /// <param name="prefix">Where the API servers keep their objects in it.</param>
    /// <param name="present">Tells whose store the cluster has; null where that cannot be told.</param>
    /// <param name="caFile">The cluster's CA.</param>
    /// <param name="workFolder">For the scratch etcd, and for the snapshot that is made of it.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="ClusterException">It is of another cluster, or of another kind of store.</exception>
    public static async Task<RestoreSource> FromSnapshotAsync(string file, string prefix, Func<CancellationToken, Task<StoreIdentity?>> present, string caFile, string workFolder, TimeProvider time, CancellationToken cancel)
    {
        var source = await OpenAsync(await ScratchEtcd.FromSnapshotAsync(file, workFolder, time, cancel), prefix, workFolder, cancel);
        try
        {
            return source.Identity.RefusalFor(await present(cancel), caFile) is not { } foreign ? source
                : throw new ClusterException($"{file} cannot be used: {foreign}") { Hint = "take a snapshot of this cluster, or put that cluster's pki folder in place first; nothing was touched" };
        }
        catch
        {
            await source.DisposeAsync();
            throw;
        }
    }

    /// <param name="scratch">Belongs to the source from now on.</param>
    /// <param name="prefix">Where the API servers keep their objects in it.</param>
    /// <param name="workFolder">For the snapshot.</param>
    /// <param name="cancel">Gives up.</param>
    public static async Task<RestoreSource> OpenAsync(ScratchEtcd scratch, string prefix, string workFolder, CancellationToken cancel)
    {
        try
        {
            var identity = await StoreIdentity.ReadAsync(scratch.Client.KeyValues, prefix, cancel);
            return new(scratch, workFolder, identity, await scratch.Client.KeyValues.CurrentRevisionAsync(cancel));
        }
        catch
        {
            await scratch.DisposeAsync();
            throw;
        }
    }

    /// <summary>The snapshot to make members from. Ends the scratch etcd.</summary>
    /// <param name="revision">What the restored cluster begins with.</param>
    /// <param name="cancel">Gives up.</param>
    public async Task<string> RaiseAsync(long revision, CancellationToken cancel)
    {
        await RevisionRaise.RunAsync(_scratch, revision, cancel);
        var file = Path.Combine(_workFolder, "raised.db");
        await using (var stream = new FileStream(file, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = AtomicFile.Secret }))
            await _scratch.Client.Maintenance.SnapshotAsync(_scratch.Endpoint, stream, cancel);
        await _scratch.DisposeAsync();
        return file;
    }

    public ValueTask DisposeAsync() => _scratch.DisposeAsync();
}
