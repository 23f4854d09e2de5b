using System.Text.Json;
using Ballast.Admin.Clusters;
using Ballast.Admin.Files;
using Ballast.Admin.Hosts;

namespace Ballast.Admin.Restore;

/// <summary>
/// What a restore notes down at the moment from which on it only goes forward: before, the old cluster is whole; after, the new one lies ready on every host. While the
/// file is there, no command may start the hosts: some would have the old data, some the new.
/// </summary>
/// <param name="Command">The command that finishes it: <c>ballast etcd snapshot restore</c>.</param>
/// <param name="From">What that command was given.</param>
/// <param name="Id">In the names of the folders: the time it began.</param>
/// <param name="Revision">What the restored store begins with.</param>
/// <param name="Members">The hosts whose restored data lies ready. The old data of all others is put aside.</param>
public sealed record RestoreJournal(string Command, string From, string Id, long Revision, IReadOnlyList<string> Members)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>Where a host's restored data waits.</summary>
    public string Staged(HostPaths host) => StagedPrefix(host) + Id;

    /// <summary>Where a host's old data is kept.</summary>
    public string Aside(HostPaths host) => $"{host.EtcdData}.before-{Id}";

    /// <summary>What the staged folders of all restores have in common.</summary>
    public static string StagedPrefix(HostPaths host) => $"{host.EtcdData}.restored-";

    /// <summary>The restore that has to be finished; null where there is none.</summary>
    public static RestoreJournal? Read(ClusterDirectory directory) => ReadFile(UnfinishedIn(directory));

    /// <summary>The last restore that was finished; null where there was none.</summary>
    public static RestoreJournal? ReadLast(ClusterDirectory directory) => ReadFile(LastIn(directory));

    private static RestoreJournal? ReadFile(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<RestoreJournal>(File.ReadAllText(path), Json);
        }
        catch (Exception none) when (none is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>The restore that a command has to go on with; null where it begins one.</summary>
    /// <exception cref="ClusterException">There is a restore that another command has to finish.</exception>
    public static RestoreJournal? ReadOf(string command, string from, ClusterDirectory directory)
    {
        var unfinished = Read(directory);
        return unfinished is null || (unfinished.Command, unfinished.From) == (command, from) ? unfinished : throw unfinished.MustBeFinished(directory);
    }

    /// <exception cref="ClusterException">There is a restore to be finished.</exception>
    public static void RefuseUnfinished(ClusterDirectory directory)
    {
        if (Read(directory) is { } unfinished)
            throw unfinished.MustBeFinished(directory);
    }

    public ClusterException MustBeFinished(ClusterDirectory directory) =>
        new($"the restore of \"{directory.Name}\" from {From} was interrupted, and has to be finished before anything else") { Hint = $"{Command} {From}{directory.Again}" };

    public void Write(ClusterDirectory directory) => AtomicFile.Write(UnfinishedIn(directory), JsonSerializer.Serialize(this, Json) + "\n", AtomicFile.Public);

    /// <summary>The restore is finished. It is remembered, for what it began with no later one may fall behind, even if all data should be lost.</summary>
    public static void Finished(ClusterDirectory directory) => File.Move(UnfinishedIn(directory), LastIn(directory), overwrite: true);

    private static string UnfinishedIn(ClusterDirectory directory) => Path.Combine(directory.Path, "restore.json");

    private static string LastIn(ClusterDirectory directory) => Path.Combine(directory.Path, "restored.json");
}
