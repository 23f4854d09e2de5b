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
/// Gives the hosts at hand other etcd data, all or none: it is laid ready beside the old, the journal is written, everything that could know the old
/// state is ended, the folders change places, everything is started. Interrupted before the journal, nothing has changed; after it, <see cref="FinishAsync"/>
/// goes on from wherever it was.
/// </summary>
internal sealed class EtcdDataSwap(IRestoreSite site, ISteps steps, TimeProvider time)
{
    /// <summary>etcd reserves a file for its log, and the one after it.</summary>
    public const long LogBytes = 2 * 64 << 20;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan PollEvery = TimeSpan.FromMilliseconds(250);

    /// <summary>Where a restore keeps what it works with; its own alone.</summary>
    public string WorkFolder => Path.Combine(site.Folder, "restore");

    /// <summary>Begins a restore: what does not get as far as its journal leaves nothing behind.</summary>
    /// <param name="prepare">Ends with the journal; null where it was not confirmed.</param>
    public async Task<RestoreJournal?> BeginAsync(Func<Task<RestoreJournal?>> prepare)
    {
        RemoveLeftovers();
        try
        {
            return await prepare();
        }
        finally
        {
            if (site.Journals.Unfinished is null)
                RemoveLeftovers();
        }
    }

    /// <summary>Removes what an interrupted restore left that had not got as far as its journal.</summary>
    private void RemoveLeftovers()
    {
        ScratchEtcd.RemoveLeftovers(WorkFolder);
        if (Directory.Exists(WorkFolder))
            Directory.Delete(WorkFolder, recursive: true);
        foreach (var prefix in site.Hosts.Select(h => RestoreJournal.StagedPrefix(h.Paths)).Where(p => Directory.Exists(Path.GetDirectoryName(p))))
        {
            foreach (var staged in Directory.EnumerateDirectories(Path.GetDirectoryName(prefix)!, Path.GetFileName(prefix) + "*"))
                Directory.Delete(staged, recursive: true);
        }
    }

    /// <summary>Raises the store's revision, lays it ready on every host that is to be a member, and writes the journal: from here on there is no way back.</summary>
    /// <param name="command">The command that will finish it, should this one be interrupted.</param>
    /// <param name="source">The store.</param>
    /// <param name="plan">What is to be done with it.</param>
    /// <param name="cancel">Gives up, and nothing has changed.</param>
    public async Task<RestoreJournal> CommitAsync(string command, RestoreSource source, RestorePlan plan, CancellationToken cancel)
    {
        var journal = new RestoreJournal(command, plan.From, plan.Id, plan.Begins, plan.Members);
        var raised = "";
        await steps.RunAsync("Raise its revision", async token =>
        {
            raised = await source.RaiseAsync(plan.Begins, token);
            return string.Create(CultureInfo.InvariantCulture, $"to {plan.Begins}");
        }, cancel);
        await steps.RunAsync("Lay the data ready", async token =>
        {
            var members = MembersOf(journal);
            foreach (var host in Members(journal))
                await EtcdSnapshotRestore.RunAsync(raised, journal.Staged(host.Paths), host.Name, PeerUrl(host), members, $"{site.Name}-{journal.Id}", token);
            // A journal must not outlive what it speaks of.
            AtomicFile.SyncAll();
            return $"{members.Count} members";
        }, cancel);
        cancel.ThrowIfCancellationRequested();
        site.Journals.Write(journal);
        return journal;
    }

    /// <summary>From the journal to an etcd that runs on the restored data. Can be run again wherever it was interrupted, until the restore is <see cref="Finished"/>.</summary>
    public async Task FinishAsync(RestoreJournal journal, CancellationToken cancel)
    {
        await site.RemoveElsewhereAsync(steps, cancel);
        await steps.RunAsync("Stop the control plane", site.StopAsync, cancel);
        await steps.RunAsync("Put the restored data in place", async token =>
        {
            foreach (var host in site.Hosts)
                Swap(host, journal);
            // Whoever was started by somebody else meanwhile may have the old data open.
            await site.StopAsync(token);
            AtomicFile.SyncAll();
            return "";
        }, cancel);
        await steps.RunAsync("Start the control plane", _ => Task.FromResult(site.Start()), cancel);
        await steps.RunAsync("Wait for etcd", token => HealthyAsync(journal, token), cancel);
    }

    /// <summary>Nothing has to be gone on with: what is still to be started starts by itself.</summary>
    public void Finished()
    {
        site.Journals.Finished();
        RemoveLeftovers();
    }

    private void Swap(Host host, RestoreJournal journal)
    {
        var paths = host.Paths;
        if (!journal.Members.Contains(host.Name))
        {
            File.Delete(paths.Manifest("etcd"));
            EtcdDataFolders.Move(paths.EtcdData, journal.Aside(paths));
            return;
        }
        var hidden = Path.Combine(paths.Manifests, ".etcd.yaml.restoring");
        // Once the new data is in its place, nothing waits any more.
        if (EtcdDataFolders.HasData(journal.Staged(paths)))
        {
            // A kubelet that comes back with its machine just now must not start a member without data.
            if (File.Exists(paths.Manifest("etcd")))
                File.Move(paths.Manifest("etcd"), hidden, overwrite: true);
            EtcdDataFolders.Move(paths.EtcdData, journal.Aside(paths));
            EtcdDataFolders.Move(journal.Staged(paths), paths.EtcdData);
        }
        if (File.Exists(hidden))
            File.Move(hidden, paths.Manifest("etcd"), overwrite: true);
        site.EnsureManifest(host, MembersOf(journal));
    }

    private async Task<string> HealthyAsync(RestoreJournal journal, CancellationToken cancel)
    {
        var hosts = Members(journal);
        using var etcd = ClusterEtcd.Connect(hosts, time);
        var membership = new EtcdMembership(etcd, time);
        for (var start = time.GetTimestamp(); ;)
        {
            var trouble = "";
            try
            {
                var members = await membership.ListAsync(cancel);
                trouble = members.FirstOrDefault(m => !m.Healthy) is { } ill ? $"{ill.Called}: {ill.Error}" : members.Any(m => m.Revision < journal.Revision) ? "it has the old data" : "";
                if (trouble.Length == 0)
                    return $"{members.Count} members";
            }
            catch (EtcdException silent)
            {
                trouble = silent.Message;
            }
            if (time.GetElapsedTime(start) > Patience)
                throw new ClusterException($"the data is restored, but etcd is not healthy after {Patience.TotalSeconds:0} s: {trouble}") { Hint = $"ballast etcd health{site.Again}" };
            await Task.Delay(PollEvery, time, cancel);
        }
    }

    private List<Host> Members(RestoreJournal journal) => [.. site.Hosts.Where(h => journal.Members.Contains(h.Name))];

    private List<(string Name, string PeerUrl)> MembersOf(RestoreJournal journal) => [.. Members(journal).Select(h => (h.Name, PeerUrl(h)))];

    private static string PeerUrl(Host host) => ClusterEtcd.PeerUrlOf(host);
}
