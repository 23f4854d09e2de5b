using Ballast.Kubelet.Probes;
using Ballast.Kubelet.Runtimes;
using k8s.Models;

namespace Ballast.Kubelet.Pods;

/// <summary>
/// One worker for every pod this node should run or still runs. Two pods of the same name never run at once: the later
/// one waits until the earlier one has ended. Safe for concurrent use.
/// </summary>
internal sealed class PodWorkers
{
    private readonly RuntimeSet _runtimes;
    private readonly IProbeRunner _prober;
    private readonly PodEnvironment _environment;
    private readonly PodStatuses _statuses;
    private readonly ILogger _logger;
    private readonly CancellationToken _stopping;
    private readonly Lock _lock = new(); // For the four below.
    private readonly List<(PodSandbox Sandbox, IRuntime Runtime)> _orphans; // Found at the start, and not claimed by a pod yet.
    private readonly Dictionary<string, Entry> _entries = [];
    private readonly Dictionary<string, string> _names = []; // Full name to the uid that has it now.
    private readonly Dictionary<string, V1Pod> _waitingForName = [];

    /// <param name="stopping">Ends the workers and leaves their pods running.</param>
    public PodWorkers(RuntimeSet runtimes, IProbeRunner prober, PodEnvironment environment, PodStatuses statuses, CancellationToken stopping)
    {
        (_runtimes, _prober, _environment, _statuses, _stopping) = (runtimes, prober, environment, statuses, stopping);
        _logger = environment.Logs.CreateLogger<PodWorkers>();
        foreach (var runtime in runtimes.All)
            runtime.PodChanged += Wake;
        _orphans = [.. runtimes.All.SelectMany(r => r.ListPodSandboxes().Select(s => (s, r)))];
    }

    private sealed class Entry(PodWorker worker)
    {
        public PodWorker Worker { get; } = worker;
        public Task Done { get; set; } = Task.CompletedTask;
        public bool Ended { get; set; }
        public bool Removed { get; set; }
    }

    /// <summary>Every pod that has a worker.</summary>
    public IReadOnlyList<V1Pod> Pods
    {
        get
        {
            lock (_lock)
                return [.. _entries.Values.Select(e => e.Worker.Pod)];
        }
    }

    /// <summary>A pod is new, or has changed.</summary>
    public void Update(V1Pod pod)
    {
        lock (_lock)
        {
            if (_entries.TryGetValue(pod.Metadata.Uid, out var entry))
                entry.Worker.Update(pod);
            else if (NeedsNoWorker(pod))
                _statuses.Set(new PodStatusEntry(pod, pod.Status, Terminated: true));
            else
            {
                _orphans.RemoveAll(o => o.Sandbox.Config.Uid == pod.Metadata.Uid);
                EndOrphans(o => o.Namespace == pod.Metadata.NamespaceProperty && o.Name == pod.Metadata.Name);
                BeginInTurn(pod);
            }
            if (pod.Metadata.DeletionTimestamp is not null && _entries.TryGetValue(pod.Metadata.Uid, out var ending))
                ending.Worker.Terminate(TimeSpan.FromSeconds(pod.Metadata.DeletionGracePeriodSeconds ?? 0));
        }
    }

    /// <summary>Nobody wants the pod any more: its file or its API object is gone.</summary>
    public void Remove(string uid)
    {
        lock (_lock)
        {
            foreach (var name in _waitingForName.Keys.Where(n => _waitingForName[n].Metadata.Uid == uid).ToList())
                _waitingForName.Remove(name);
            if (!_entries.TryGetValue(uid, out var entry))
            {
                _statuses.Forget(uid);
                return;
            }
            entry.Removed = true;
            if (entry.Ended)
                _ = Task.Run(() => CleanUpAsync(entry), CancellationToken.None);
            else
                entry.Worker.Terminate(entry.Worker.Pod.GracePeriod);
        }
    }

    /// <summary>
    /// Ends what an earlier kubelet left running and nobody wants now. To be called once a source's pods are all known.
    /// </summary>
    /// <param name="staticPods">Which source: the manifests, or the API.</param>
    public void EndOrphans(bool staticPods)
    {
        lock (_lock)
            EndOrphans(o => o.Static == staticPods);
    }

    /// <summary>Completes when every worker has stopped; only after the token given at first has fired.</summary>
    public Task WhenStopped()
    {
        lock (_lock)
            return Task.WhenAll(_entries.Values.Select(e => e.Done));
    }

    private void Wake(string uid)
    {
        lock (_lock)
        {
            if (_entries.TryGetValue(uid, out var entry))
                entry.Worker.Wake();
        }
    }

    /// <summary>It ran to its end under an earlier kubelet, of which only the API's status is left.</summary>
    private bool NeedsNoWorker(V1Pod pod) => pod.IsTerminal && _runtimes.For(pod).ListContainers(pod.Metadata.Uid).Count == 0;

    private void EndOrphans(Predicate<PodSandboxConfig> which)
    {
        foreach (var orphan in _orphans.Where(o => which(o.Sandbox.Config)).ToList())
        {
            _orphans.Remove(orphan);
            if (_entries.ContainsKey(orphan.Sandbox.Config.Uid))
                continue; // A second sandbox of the same pod.
            var pod = Orphan(orphan.Sandbox, orphan.Runtime);
            _logger.LogInformation("Ending a pod that is no longer wanted {Pod}", pod.Described);
            var entry = Begin(pod);
            entry.Removed = true;
            entry.Worker.Terminate(pod.GracePeriod);
        }
    }

    private void BeginInTurn(V1Pod pod)
    {
        if (_names.ContainsKey(pod.FullName))
            _waitingForName[pod.FullName] = pod;
        else
            Begin(pod);
    }

    private Entry Begin(V1Pod pod)
    {
        var worker = new PodWorker(pod, _runtimes.For(pod), _prober, _environment, _statuses);
        var entry = new Entry(worker);
        _entries[pod.Metadata.Uid] = entry;
        _names[pod.FullName] = pod.Metadata.Uid;
        entry.Done = Task.Run(() => RunAsync(entry), CancellationToken.None);
        return entry;
    }

    private async Task RunAsync(Entry entry)
    {
        try
        {
            await entry.Worker.RunAsync(_stopping);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            return;
        }
        bool removed;
        lock (_lock)
        {
            entry.Ended = true;
            removed = entry.Removed;
        }
        if (removed)
            await CleanUpAsync(entry);
    }

    private async Task CleanUpAsync(Entry entry)
    {
        var pod = entry.Worker.Pod;
        var runtime = _runtimes.For(pod);
        try
        {
            foreach (var sandbox in runtime.ListPodSandboxes().Where(s => s.Config.Uid == pod.Metadata.Uid))
                await runtime.RemovePodSandboxAsync(sandbox.Id, _stopping);
        }
        catch (Exception e) when (e is IOException or RuntimeException)
        {
            _logger.LogError(e, "Remains of a pod could not be removed {Pod}", pod.Described);
        }
        lock (_lock)
        {
            _entries.Remove(pod.Metadata.Uid);
            _names.Remove(pod.FullName);
            if (_waitingForName.Remove(pod.FullName, out var next))
                Begin(next);
        }
        _statuses.Forget(pod.Metadata.Uid);
    }

    private static V1Pod Orphan(PodSandbox sandbox, IRuntime runtime)
    {
        var config = sandbox.Config;
        return new V1Pod
        {
            Metadata = new V1ObjectMeta
            {
                Name = config.Name,
                NamespaceProperty = config.Namespace,
                Uid = config.Uid,
                Annotations = new Dictionary<string, string> { [PodExtensions.SourceAnnotation] = config.Static ? "file" : "api" },
            },
            Spec = new V1PodSpec
            {
                TerminationGracePeriodSeconds = (long)config.TerminationGracePeriod.TotalSeconds,
                Containers = [.. runtime.ListContainers(config.Uid).Select(c => c.Config.Name).Distinct().Select(name => new V1Container { Name = name })],
            },
        };
    }
}
