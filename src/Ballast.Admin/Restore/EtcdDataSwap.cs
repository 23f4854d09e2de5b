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
/// Gives the hosts of an <c>up</c> cluster other etcd data, all or none: it is laid ready beside the old, the journal is written, everything that could know the old
/// state is ended, the folders change places, everything is started. Interrupted before the journal, nothing has changed; after it, <see cref="FinishAsync"/>
/// goes on from wherever it was.
/// </summary>
internal sealed class EtcdDataSwap(ClusterSpec spec, ClusterDirectory directory, string program, ISteps steps, TimeProvider time)
{
    /// <summary>etcd reserves a file for its log, and the one after it.</summary>
    public const long LogBytes = 2 * 64 << 20;

    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan PollEvery = TimeSpan.FromMilliseconds(250);

    /// <summary>Where a restore keeps what it works with; its own alone.</summary>
    public string WorkFolder => Path.Combine(directory.Path, "restore");

    private IEnumerable<ClusterHost> ControlPlane => spec.EtcdHosts.Union(spec.ControlPlaneHosts);

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
            if (RestoreJournal.Read(directory) is null)
                RemoveLeftovers();
        }
    }

    /// <summary>Removes what an interrupted restore left that had not got as far as its journal.</summary>
    private void RemoveLeftovers()
    {
        ScratchEtcd.RemoveLeftovers(WorkFolder);
        if (Directory.Exists(WorkFolder))
            Directory.Delete(WorkFolder, recursive: true);
        foreach (var host in spec.EtcdHosts.Select(directory.Paths).Where(h => Directory.Exists(Path.GetDirectoryName(h.EtcdData))))
        {
            foreach (var staged in Directory.EnumerateDirectories(Path.GetDirectoryName(host.EtcdData)!, Path.GetFileName(RestoreJournal.StagedPrefix(host)) + "*"))
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
            foreach (var (name, peerUrl) in members)
                await EtcdSnapshotRestore.RunAsync(raised, journal.Staged(directory.Paths(spec.EtcdHosts.Single(h => h.Name == name))), name, peerUrl, members, $"{spec.Name}-{journal.Id}", token);
            // A journal must not outlive what it speaks of.
            AtomicFile.SyncAll();
            return $"{members.Count} members";
        }, cancel);
        cancel.ThrowIfCancellationRequested();
        journal.Write(directory);
        return journal;
    }

    /// <summary>From the journal to an etcd that runs on the restored data. Can be run again wherever it was interrupted, until the restore is <see cref="Finished"/>.</summary>
    public async Task FinishAsync(RestoreJournal journal, CancellationToken cancel)
    {
        await steps.RunAsync("Stop the control plane", StopAsync, cancel);
        await steps.RunAsync("Put the restored data in place", async token =>
        {
            foreach (var host in spec.EtcdHosts)
                Swap(host, journal);
            // Whoever was started by somebody else meanwhile may have the old data open.
            await StopAsync(token);
            AtomicFile.SyncAll();
            return "";
        }, cancel);
        await steps.RunAsync("Start the control plane", _ => Task.FromResult(Start()), cancel);
        await steps.RunAsync("Wait for etcd", token => HealthyAsync(journal, token), cancel);
    }

    /// <summary>Nothing has to be gone on with: what is still to be started starts by itself.</summary>
    public void Finished()
    {
        RestoreJournal.Finished(directory);
        RemoveLeftovers();
    }

    /// <summary>Ends every process of the hosts, so that none remembers the old state. A frozen one is not let go on for it.</summary>
    public async Task<string> StopAsync(CancellationToken cancel)
    {
        await Task.WhenAll(ControlPlane.Select(directory.Processes).Select(host =>
            host.List().Any(p => p.Paused) ? host.KillAsync(time, cancel) : host.StopAsync(Grace, time, cancel)));
        return $"{ControlPlane.Count()} hosts";
    }

    public string Start()
    {
        foreach (var host in ControlPlane)
            new HostDaemons(spec, host, directory.Paths(host), program).EnsureRunning();
        return $"{ControlPlane.Count()} hosts";
    }

    /// <summary>Until the API is served by everyone again.</summary>
    public async Task ReadyAsync(CancellationToken cancel)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(Patience);
        using var readiness = new ClusterReadiness(spec, directory, time);
        try
        {
            await steps.RunAsync("Wait for the API servers", readiness.ApiServersAsync, deadline.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new ClusterException($"the data is restored, but not everything runs after {Patience.TotalSeconds:0} s: {readiness.Waiting}") { Hint = $"ballast status{directory.Again}" };
        }
    }

    private void Swap(ClusterHost host, RestoreJournal journal)
    {
        var paths = directory.Paths(host);
        var (staged, aside) = (journal.Staged(paths), journal.Aside(paths));
        if (!journal.Members.Contains(host.Name))
        {
            File.Delete(paths.Manifest("etcd"));
            if (Directory.Exists(paths.EtcdData))
                Directory.Move(paths.EtcdData, aside);
            return;
        }
        // Once the new data is in its place, nothing waits any more.
        if (Directory.Exists(staged))
        {
            if (Directory.Exists(paths.EtcdData))
                Directory.Move(paths.EtcdData, aside);
            Directory.Move(staged, paths.EtcdData);
        }
        new HostFiles(spec.Configuration, new(host.Name, host.IPAddress, paths), time).Etcd(MembersOf(journal));
    }

    private async Task<string> HealthyAsync(RestoreJournal journal, CancellationToken cancel)
    {
        using var etcd = ClusterEtcd.Connect(spec, directory, time);
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
                throw new ClusterException($"the data is restored, but etcd is not healthy after {Patience.TotalSeconds:0} s: {trouble}") { Hint = $"ballast etcd health{directory.Again}" };
            await Task.Delay(PollEvery, time, cancel);
        }
    }

    private List<(string Name, string PeerUrl)> MembersOf(RestoreJournal journal) =>
        [.. spec.EtcdHosts.Where(h => journal.Members.Contains(h.Name)).Select(h => (h.Name, $"https://{h.Address}:2380"))];
}
