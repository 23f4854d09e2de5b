using Ballast.Scheduler.Framework;

namespace Ballast.Scheduler.Queue;

/// <summary>
/// The pods that wait for a node. Active ones are ready to be tried, in order; backing off ones were tried lately; unschedulable ones
/// wait for an event that may make them fit, or for five minutes. Thread-safe.
/// </summary>
public sealed class SchedulingQueue : IDisposable
{
    private static readonly TimeSpan FlushBackoffEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FlushUnschedulableEvery = TimeSpan.FromSeconds(30);

    private readonly QueueOptions _options;
    private readonly IReadOnlyList<IPreEnqueuePlugin> _preEnqueue;
    private readonly ILookup<string, QueueingHint> _hints;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new(); // guards everything below but the semaphore
    private readonly SortedSet<QueuedPod> _active;
    private readonly PriorityQueue<QueuedPod, DateTimeOffset> _backoff = new();
    private readonly Dictionary<string, DateTimeOffset> _backingOff = [];
    private readonly Dictionary<string, QueuedPod> _unschedulable = [];
    private readonly Dictionary<string, QueuedPod> _known = [];
    private readonly Dictionary<string, QueuedPod> _inFlight = [];
    private readonly List<(long Number, ClusterEvent Event)> _missed = []; // events since the oldest pod in flight was popped
    private readonly SemaphoreSlim _available = new(0);
    private long _eventNumber;

    /// <param name="sort">The order of the active queue.</param>
    /// <param name="preEnqueue">Who may keep a pod out.</param>
    /// <param name="events">What each plugin waits for.</param>
    /// <param name="options">The times.</param>
    /// <param name="time">The clock.</param>
    public SchedulingQueue(IQueueSortPlugin sort, IReadOnlyList<IPreEnqueuePlugin> preEnqueue, IEnumerable<IEnqueueExtensions> events, QueueOptions options, TimeProvider time)
    {
        (_preEnqueue, _options, _time) = (preEnqueue, options, time);
        _hints = events.SelectMany(p => p.Events.Select(e => (p.Name, Hint: e))).ToLookup(e => e.Name, e => e.Hint);
        _active = new(Comparer<QueuedPod>.Create((a, b) =>
            sort.Compare(a, b) is not 0 and var order ? order : string.CompareOrdinal(a.Info.Uid, b.Info.Uid)));
    }

    /// <summary>How many pods wait, as <c>scheduler_pending_pods</c> counts them.</summary>
    public (int Active, int Backoff, int Unschedulable, int Gated) Pending
    {
        get
        {
            lock (_lock)
            {
                var gated = _unschedulable.Values.Count(p => p.GatedBy is not null);
                return (_active.Count, _backingOff.Count, _unschedulable.Count - gated, gated);
            }
        }
    }

    /// <summary>A pod that has no node appeared. Returns why it may not be tried yet; null where it may.</summary>
    public Status? Add(PodInfo info)
    {
        lock (_lock)
        {
            if (_known.ContainsKey(info.Uid) || _inFlight.ContainsKey(info.Uid)) return null;
            return Admit(new QueuedPod(info, _time.GetUtcNow()));
        }
    }

    /// <summary>A waiting pod was changed.</summary>
    public Status? Update(PodInfo info)
    {
        lock (_lock)
        {
            if (_inFlight.TryGetValue(info.Uid, out var flying))
            {
                // It is being tried as it was; if that fails, what changed may have been the reason.
                Remember(new(ClusterEvents.PodUpdated, OldPod: flying.Info, Pod: info));
                return null;
            }
            if (!_known.TryGetValue(info.Uid, out var pod)) return Admit(new QueuedPod(info, _time.GetUtcNow()));
            var before = pod.Info;
            if (_active.Remove(pod))
            {
                pod.Info = info;
                _active.Add(pod);
                return null;
            }
            pod.Info = info;
            if (!_unschedulable.ContainsKey(info.Uid)) return null;
            if (pod.GatedBy is not null || MayHelp(pod, new(ClusterEvents.PodUpdated, OldPod: before, Pod: info)))
            {
                _unschedulable.Remove(info.Uid);
                return pod.GatedBy is not null ? Admit(pod) : Requeue(pod);
            }
            return null;
        }
    }

    /// <summary>The pod is gone or has a node.</summary>
    public void Delete(string uid)
    {
        lock (_lock)
        {
            if (_inFlight.TryGetValue(uid, out var flying)) Land(flying);
            if (!_known.Remove(uid, out var pod)) return;
            _active.Remove(pod);
            _backingOff.Remove(uid);
            _unschedulable.Remove(uid);
        }
    }

    /// <summary>The next pod to try; waits for one. It is in flight until <see cref="Done"/> or <see cref="AddUnschedulable"/>.</summary>
    public async ValueTask<QueuedPod> PopAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await _available.WaitAsync(cancellationToken);
            lock (_lock)
            {
                // Fewer pods than signals: one was deleted meanwhile.
                if (_active.Min is not { } pod) continue;
                _active.Remove(pod);
                _known.Remove(pod.Info.Uid);
                pod.PoppedAt = _eventNumber;
                pod.Attempts++;
                pod.FirstAttempt ??= _time.GetUtcNow();
                pod.UnschedulablePlugins.Clear();
                _inFlight[pod.Info.Uid] = pod;
                return pod;
            }
        }
    }

    /// <summary>The attempt is over: the pod has a node, or is gone.</summary>
    public void Done(QueuedPod pod)
    {
        lock (_lock) Land(pod);
    }

    /// <summary>The attempt failed. The pod waits for an event that helps; where one came during the attempt, or after an error, it only backs off.</summary>
    public void AddUnschedulable(QueuedPod pod)
    {
        lock (_lock)
        {
            if (!_inFlight.ContainsKey(pod.Info.Uid) || _known.ContainsKey(pod.Info.Uid))
            {
                Land(pod);
                return;
            }
            var missed = _missed.Where(m => m.Number > pod.PoppedAt).Select(m => m.Event).ToArray();
            Land(pod);
            if (missed.LastOrDefault(m => m.Kinds == ClusterEvents.PodUpdated && m.Pod!.Uid == pod.Info.Uid) is { } update) pod.Info = update.Pod!;
            pod.Timestamp = _time.GetUtcNow();
            pod.UnschedulableCount++;
            if (pod.UnschedulablePlugins.Count == 0 || missed.Any(m => MayHelp(pod, m)))
            {
                Requeue(pod);
                return;
            }
            _unschedulable[pod.Info.Uid] = pod;
            _known[pod.Info.Uid] = pod;
        }
    }

    /// <summary>Something changed in the cluster: pods it may help are tried again.</summary>
    public void Move(ClusterEvent clusterEvent)
    {
        lock (_lock)
        {
            Remember(clusterEvent);
            if (_unschedulable.Count == 0) return;
            foreach (var pod in _unschedulable.Values.Where(p => p.GatedBy is null && MayHelp(p, clusterEvent)).ToArray())
            {
                _unschedulable.Remove(pod.Info.Uid);
                Requeue(pod);
            }
        }
    }

    /// <summary>Lets a pod that waits try again at once, without its backoff.</summary>
    public void Activate(string uid)
    {
        lock (_lock)
        {
            if (!_known.TryGetValue(uid, out var pod) || pod.GatedBy is not null || _active.Contains(pod)) return;
            _unschedulable.Remove(uid);
            _backingOff.Remove(uid);
            Enqueue(pod);
        }
    }

    /// <summary>Moves on the pods whose time has come, until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var flushed = _time.GetTimestamp();
        using var timer = new PeriodicTimer(FlushBackoffEvery / 4, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                FlushBackoff();
                if (_time.GetElapsedTime(flushed) < FlushUnschedulableEvery) continue;
                FlushUnschedulable();
                flushed = _time.GetTimestamp();
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
    }

    internal void FlushBackoff()
    {
        lock (_lock)
        {
            var now = _time.GetUtcNow();
            while (_backoff.TryPeek(out var pod, out var until) && until <= now)
            {
                _backoff.Dequeue();
                // It may have left, and even come back with another time.
                if (!_backingOff.TryGetValue(pod.Info.Uid, out var current) || current != until) continue;
                _backingOff.Remove(pod.Info.Uid);
                Enqueue(pod);
            }
        }
    }

    internal void FlushUnschedulable()
    {
        lock (_lock)
        {
            var now = _time.GetUtcNow();
            foreach (var pod in _unschedulable.Values.Where(p => p.GatedBy is null && now - p.Timestamp >= _options.MaxInUnschedulable).ToArray())
            {
                _unschedulable.Remove(pod.Info.Uid);
                Requeue(pod);
            }
        }
    }

    private Status? Admit(QueuedPod pod)
    {
        var refusal = _preEnqueue.Select(p => p.PreEnqueue(pod.Info)).FirstOrDefault(s => s is not null);
        pod.GatedBy = refusal?.Plugin;
        if (refusal is null)
        {
            pod.Timestamp = _time.GetUtcNow();
            Enqueue(pod);
            return null;
        }
        _known[pod.Info.Uid] = pod;
        _unschedulable[pod.Info.Uid] = pod;
        return refusal;
    }

    private Status? Requeue(QueuedPod pod)
    {
        var until = pod.Timestamp + BackoffOf(pod);
        if (pod.UnschedulableCount == 0 || until <= _time.GetUtcNow())
        {
            Enqueue(pod);
            return null;
        }
        _known[pod.Info.Uid] = pod;
        _backingOff[pod.Info.Uid] = until;
        _backoff.Enqueue(pod, until);
        return null;
    }

    private void Enqueue(QueuedPod pod)
    {
        _known[pod.Info.Uid] = pod;
        if (_active.Add(pod)) _available.Release();
    }

    /// <summary>1 s, 2 s, 4 s … up to the longest.</summary>
    private TimeSpan BackoffOf(QueuedPod pod)
    {
        if (pod.UnschedulableCount == 0) return TimeSpan.Zero;
        var backoff = _options.InitialBackoff * Math.Pow(2, Math.Min(pod.UnschedulableCount - 1, 30));
        return backoff < _options.MaxBackoff ? backoff : _options.MaxBackoff;
    }

    private bool MayHelp(QueuedPod pod, ClusterEvent clusterEvent)
    {
        if (clusterEvent.Kinds == ClusterEvents.PodUpdated && clusterEvent.Pod!.Uid != pod.Info.Uid) return false;
        if (pod.UnschedulablePlugins.Count == 0) return true;
        foreach (var plugin in pod.UnschedulablePlugins)
            foreach (var hint in _hints[plugin])
                if ((hint.Kinds & clusterEvent.Kinds) != 0 && hint.Helps?.Invoke(pod.Info, clusterEvent) != false)
                    return true;
        return false;
    }

    private void Remember(ClusterEvent clusterEvent)
    {
        if (_inFlight.Count > 0) _missed.Add((++_eventNumber, clusterEvent));
    }

    private void Land(QueuedPod pod)
    {
        if (!_inFlight.Remove(pod.Info.Uid)) return;
        if (_inFlight.Count == 0)
        {
            _missed.Clear();
            return;
        }
        // Trimming is worth its scan only now and then.
        if (_missed.Count < 1024) return;
        var oldest = _inFlight.Values.Min(p => p.PoppedAt);
        _missed.RemoveAll(m => m.Number <= oldest);
    }

    public void Dispose() => _available.Dispose();
}

/// <param name="InitialBackoff">After the first failed attempt.</param>
/// <param name="MaxBackoff">The longest, however often it failed.</param>
/// <param name="MaxInUnschedulable">After this long a pod is tried again without any event.</param>
public sealed record QueueOptions(TimeSpan InitialBackoff, TimeSpan MaxBackoff, TimeSpan MaxInUnschedulable)
{
    public static QueueOptions Default { get; } = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(5));
}
