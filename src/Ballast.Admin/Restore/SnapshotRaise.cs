using System.Globalization;
using Ballast.Admin.Backups;
using Ballast.Admin.Clusters;
using Ballast.Admin.EtcdQuorum;
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
            source = await RestoreSource.FromSnapshotAsync(file, ClusterEtcd.PrefixOf(paths), _ => Task.FromResult(identity), paths.Pki("ca.crt"), WorkFolder, time, token);
            return string.Create(CultureInfo.InvariantCulture, $"{source.Identity.Objects} objects at revision {source.Revision}; etcd {(present == 0 ? "does not answer" : $"is at {present}")}");
        }, cancel);
        await using var opened = source;
        var journals = RestoreJournals.Of(paths);
        var revision = Math.Max(Math.Max(source.Revision, present), journals.Last?.Revision ?? 0) + RevisionRaise.Margin;
        await steps.RunAsync("Raise its revision", async token =>
        {
            await using var made = File.OpenRead(await source.RaiseAsync(revision, token));
            await SnapshotFile.CreateAsync(raised, made.CopyToAsync, () => journals.WriteLast(new(Command, file, EtcdDataFolders.Moment(time), revision, [])), token);
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

    private void RemoveLeftovers()
    {
        if (Directory.Exists(WorkFolder))
            Directory.Delete(WorkFolder, recursive: true);
    }
}
