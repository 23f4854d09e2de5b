using System.Globalization;
using Ballast.Admin.Backups;
using Ballast.Admin.Clusters;
using Ballast.Admin.EtcdQuorum;
using Ballast.Admin.Files;
using Ballast.Admin.Hosts;
using Ballast.Admin.Phases;
using Ballast.Etcd;

namespace Ballast.Admin.Restore;

/// <summary>
/// Makes of a snapshot the one that an external etcd is taken back to by etcd's own tools, on its own hosts: the same, but at a revision beyond every one that clients have seen, and with all
/// before forgotten. (From etcd 3.6 on, <c>etcdutl snapshot restore --bump-revision --mark-compacted</c> does so too.) Nothing of the cluster is touched.
/// </summary>
/// <param name="paths">A control plane's files.</param>
/// <param name="steps">Told of the progress.</param>
/// <param name="time">The clock.</param>
public sealed class SnapshotRaise(HostPaths paths, ISteps steps, TimeProvider time)
{
    private const string Command = "ballast etcd snapshot raise";

    private string WorkFolder => Path.Combine(paths.RestoreFolder, "raise");

    /// <param name="file">The snapshot.</param>
    /// <param name="raised">The file to make.</param>
    /// <param name="cancel">Stops it; nothing is left then.</param>
    /// <returns>The revision that the cluster will go on from.</returns>
    /// <exception cref="ClusterException">The snapshot cannot be used for this cluster, the file is there already, there is no room, or etcd is not external.</exception>
    public async Task<long> RunAsync(string file, string raised, CancellationToken cancel)
    {
        (file, raised) = (Path.GetFullPath(file), Path.GetFullPath(raised));
        var etcd = new MachineEtcd(HostIdentity.Read(paths), time);
        if (!etcd.IsExternal)
            throw new ClusterException("etcd is on the control planes: their restore raises the revision by itself", 2) { Hint = $"ballast etcd snapshot restore {file}{paths.Again}" };
        if (File.Exists(raised))
            throw new ClusterException($"{raised} is there already: a snapshot is not overwritten") { Hint = "choose another name" };
        using var held = HostLock.Take(paths);
        RemoveLeftovers();
        try
        {
            return await MakeAsync(etcd, file, raised, cancel);
        }
        finally
        {
            RemoveLeftovers();
        }
    }

    private async Task<long> MakeAsync(MachineEtcd etcd, string file, string raised, CancellationToken cancel)
    {
        RestoreSource source = null!;
        long present = 0;
        await steps.RunAsync("Check the snapshot", async token =>
        {
            var snapshot = await SnapshotFile.CheckAsync(file, token);
            FreeSpace.Require([(WorkFolder, (3 * snapshot.Bytes) + EtcdDataSwap.LogBytes), (Path.GetDirectoryName(raised)!, snapshot.Bytes)]);
            (var identity, present) = await PresentAsync(etcd, token);
            source = await RestoreSource.OpenAsync(await ScratchEtcd.FromSnapshotAsync(file, WorkFolder, time, token), ClusterEtcd.PrefixOf(paths), WorkFolder, token);
            if (source.Identity.RefusalFor(identity, paths.Pki("ca.crt")) is not { } foreign)
                return string.Create(CultureInfo.InvariantCulture, $"{source.Identity.Objects} objects at revision {source.Revision}; etcd {(present == 0 ? "does not answer" : $"is at {present}")}");
            await source.DisposeAsync();
            throw new ClusterException($"{file} cannot be used: {foreign}") { Hint = "take a snapshot of this cluster, or put that cluster's pki folder in place first; nothing was touched" };
        }, cancel);
        await using var opened = source;
        var journals = RestoreJournals.Of(paths);
        var revision = Math.Max(Math.Max(source.Revision, present), journals.Last?.Revision ?? 0) + RevisionRaise.Margin;
        await steps.RunAsync("Raise its revision", async token =>
        {
            await SaveAsync(await source.RaiseAsync(revision, token), raised, () =>
                journals.WriteLast(new(Command, file, time.GetUtcNow().ToString("yyyyMMdd'T'HHmmssfff'Z'", CultureInfo.InvariantCulture), revision, [])), token);
            return revision.ToString(CultureInfo.InvariantCulture);
        }, cancel);
        return revision;
    }

    /// <summary>Whose store the cluster has, and the newest revision that a member knows of; null and 0 where none answers.</summary>
    private async Task<(StoreIdentity? Identity, long Revision)> PresentAsync(MachineEtcd etcd, CancellationToken cancel)
    {
        using var client = await etcd.ConnectAsync(cancel);
        try
        {
            var members = await new EtcdMembership(client, time).ListAsync(cancel);
            return (await StoreIdentity.ReadAsync(client.KeyValues, ClusterEtcd.PrefixOf(paths), cancel), members.Max(m => m.Revision));
        }
        catch (EtcdException)
        {
            return (null, 0);
        }
    }

    /// <summary>There whole and checked, or not at all.</summary>
    /// <param name="from">What was made.</param>
    /// <param name="to">Where it goes.</param>
    /// <param name="before">Done before it has its name.</param>
    /// <param name="cancel">Gives up.</param>
    private static async Task SaveAsync(string from, string to, Action before, CancellationToken cancel)
    {
        AtomicFile.Folder(Path.GetDirectoryName(to)!);
        var temporary = $"{to}.{Environment.ProcessId}.part";
        try
        {
            await using (var source = File.OpenRead(from))
            await using (var target = new FileStream(temporary, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = AtomicFile.Secret }))
            {
                await source.CopyToAsync(target, cancel);
                target.Flush(flushToDisk: true);
            }
            await SnapshotFile.CheckAsync(temporary, cancel);
            before();
            File.Move(temporary, to, overwrite: false);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private void RemoveLeftovers()
    {
        if (Directory.Exists(WorkFolder))
            Directory.Delete(WorkFolder, recursive: true);
    }
}
