using System.Text.Json;
using Ballast.Admin.Clusters;
using Ballast.Admin.Files;
using Ballast.Admin.Hosts;

namespace Ballast.Admin.Restore;

/// <summary>The journals of a cluster on this machine, or of a machine: of the restore that is under way, and of the last one.</summary>
public sealed class RestoreJournals
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    private readonly string _folder;
    private readonly string _called;
    private readonly string _again;

    private RestoreJournals(string folder, string called, string again) => (_folder, _called, _again) = (folder, called, again);

    public static RestoreJournals Of(ClusterDirectory directory) => new(directory.Path, $"\"{directory.Name}\"", directory.Again);

    public static RestoreJournals Of(HostPaths host) => new(host.RestoreFolder, "this host", host.Again);

    /// <summary>The restore that has to be finished; null where there is none.</summary>
    public RestoreJournal? Unfinished => Read(UnfinishedFile);

    /// <summary>The last restore that was finished; null where there was none.</summary>
    public RestoreJournal? Last => Read(LastFile);

    private string UnfinishedFile => Path.Combine(_folder, "restore.json");

    private string LastFile => Path.Combine(_folder, "restored.json");

    /// <summary>The restore that a command has to go on with; null where it begins one.</summary>
    /// <exception cref="ClusterException">There is a restore that another command has to finish.</exception>
    public RestoreJournal? UnfinishedOf(string command, string from) =>
        Unfinished is { } unfinished && (unfinished.Command, unfinished.From) != (command, from) ? throw MustBeFinished(unfinished) : Unfinished;

    /// <exception cref="ClusterException">There is a restore to be finished.</exception>
    public void RefuseUnfinished()
    {
        if (Unfinished is { } unfinished)
            throw MustBeFinished(unfinished);
    }

    public ClusterException MustBeFinished(RestoreJournal journal) =>
        new($"the restore of {_called} from {journal.From} was interrupted, and has to be finished before anything else") { Hint = $"{journal.Command} {journal.From}{_again}" };

    public void Write(RestoreJournal journal) => Write(UnfinishedFile, journal);

    /// <summary>Remembers a restore that is finished elsewhere.</summary>
    public void WriteLast(RestoreJournal journal) => Write(LastFile, journal);

    /// <summary>The restore is finished. It is remembered, for what it began with no later one may fall behind, even if all data should be lost.</summary>
    public void Finished() => File.Move(UnfinishedFile, LastFile, overwrite: true);

    private static void Write(string path, RestoreJournal journal) => AtomicFile.Write(path, JsonSerializer.Serialize(journal, Json) + "\n", AtomicFile.Public);

    private static RestoreJournal? Read(string path)
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
}
