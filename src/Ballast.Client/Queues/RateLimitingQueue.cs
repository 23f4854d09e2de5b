namespace Ballast.Client.Queues;

/// <summary>
/// A controller's work queue. An item is in it at most once; an item that is added while a worker has it comes again after that
/// worker's <see cref="Done"/>, so no two workers ever hold the same item. Thread-safe.
/// </summary>
public sealed class RateLimitingQueue<T> : IDisposable where T : notnull
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(5);

    /// <summary>Upstream goes to 1000 s; here an API that was away for minutes must not leave work waiting for many more.</summary>
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(60);

    private readonly TimeProvider _time;
    private readonly QueueMetrics _metrics;
    private readonly Lock _lock = new(); // guards everything below
    private readonly Queue<T> _ready = [];
    private readonly HashSet<T> _dirty = [];
    private readonly Dictionary<T, long> _processing = [];
    private readonly Dictionary<T, long> _added = [];
    private readonly Dictionary<T, int> _failures = [];
    private readonly PriorityQueue<T, long> _later = new();
    private readonly Dictionary<T, long> _due = [];
    private readonly Queue<TaskCompletionSource> _waiting = [];
    private readonly ITimer _timer;
    private long _timerDue = long.MaxValue;
    private bool _shutDown;

    /// <param name="name">The <c>name</c> label of the workqueue metrics.</param>
    /// <param name="time">The clock that delays run on.</param>
    public RateLimitingQueue(string name, TimeProvider time)
    {
        _time = time;
        _metrics = new QueueMetrics(name, LongestRunning);
        _timer = time.CreateTimer(static queue => ((RateLimitingQueue<T>)queue!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public int Length
    {
        get
        {
            lock (_lock)
                return _ready.Count;
        }
    }

    /// <summary>Marks the item as needing work.</summary>
    public void Add(T item)
    {
        lock (_lock)
            AddLocked(item);
    }

    /// <summary>Adds the item once <paramref name="delay"/> has passed. Of several delays for one item the earliest counts.</summary>
    public void AddAfter(T item, TimeSpan delay)
    {
        lock (_lock)
        {
            if (delay <= TimeSpan.Zero)
            {
                AddLocked(item);
                return;
            }
            if (_shutDown)
                return;
            var due = _time.GetTimestamp() + (long)(delay.TotalSeconds * _time.TimestampFrequency);
            if (_due.TryGetValue(item, out var known) && known <= due)
                return;
            _due[item] = due;
            _later.Enqueue(item, due);
            ArmLocked();
        }
    }

    /// <summary>Adds the item after a delay that doubles with each call until <see cref="Forget"/>.</summary>
    public void AddRateLimited(T item)
    {
        TimeSpan delay;
        lock (_lock)
        {
            var failures = _failures.GetValueOrDefault(item);
            _failures[item] = failures + 1;
            delay = FirstRetry * Math.Pow(2, Math.Min(failures, 30));
        }
        _metrics.Retried();
        AddAfter(item, delay < LongestRetry ? delay : LongestRetry);
    }

    /// <summary>The item succeeded, or is given up: its next retry starts at the shortest delay again.</summary>
    public void Forget(T item)
    {
        lock (_lock)
            _failures.Remove(item);
    }

    /// <summary>How many times in a row the item was added rate limited.</summary>
    public int NumRequeues(T item)
    {
        lock (_lock)
            return _failures.GetValueOrDefault(item);
    }

    /// <summary>Waits for an item and takes it; not found once the queue is shut down and empty.</summary>
    public async ValueTask<(bool Found, T Item)> GetAsync(CancellationToken cancel)
    {
        while (true)
        {
            TaskCompletionSource waiter;
            lock (_lock)
            {
                if (_ready.TryDequeue(out var item))
                {
                    _dirty.Remove(item);
                    var now = _time.GetTimestamp();
                    _processing[item] = now;
                    _added.Remove(item, out var since);
                    _metrics.Started(_ready.Count, _time.GetElapsedTime(since, now));
                    return (true, item);
                }
                if (_shutDown)
                    return (false, default!);
                waiter = new(TaskCreationOptions.RunContinuationsAsynchronously);
                _waiting.Enqueue(waiter);
            }
            using (cancel.UnsafeRegister(static w => ((TaskCompletionSource)w!).TrySetCanceled(), waiter))
                await waiter.Task;
        }
    }

    /// <summary>The worker is finished with the item it took; where it was added meanwhile, it is ready again.</summary>
    public void Done(T item)
    {
        lock (_lock)
        {
            if (!_processing.Remove(item, out var since))
                return;
            _metrics.Finished(_time.GetElapsedTime(since));
            if (_dirty.Contains(item))
                ReadyLocked(item);
        }
    }

    /// <summary>Takes no more items; workers get what is ready and then nothing.</summary>
    public void ShutDown()
    {
        lock (_lock)
        {
            _shutDown = true;
            _later.Clear();
            _due.Clear();
            while (_waiting.TryDequeue(out var waiter))
                waiter.TrySetResult();
        }
    }

    public void Dispose()
    {
        ShutDown();
        _timer.Dispose();
        _metrics.Dispose();
    }

    private void AddLocked(T item)
    {
        if (_shutDown || !_dirty.Add(item))
            return;
        _metrics.Added();
        _added[item] = _time.GetTimestamp();
        if (!_processing.ContainsKey(item))
            ReadyLocked(item);
    }

    private void ReadyLocked(T item)
    {
        _ready.Enqueue(item);
        _metrics.Depth(_ready.Count);
        // A waiter whose worker was cancelled does not take the wake-up.
        while (_waiting.TryDequeue(out var waiter) && !waiter.TrySetResult())
        {
        }
    }

    private void OnTimer()
    {
        lock (_lock)
        {
            _timerDue = long.MaxValue;
            var now = _time.GetTimestamp();
            while (_later.TryPeek(out var item, out var due) && due <= now)
            {
                _later.Dequeue();
                // An entry that an earlier delay overtook is no longer the item's.
                if (_due.TryGetValue(item, out var current) && current == due)
                {
                    _due.Remove(item);
                    AddLocked(item);
                }
            }
            ArmLocked();
        }
    }

    private void ArmLocked()
    {
        if (_shutDown || !_later.TryPeek(out _, out var due) || due >= _timerDue)
            return;
        _timerDue = due;
        var wait = _time.GetElapsedTime(_time.GetTimestamp(), due);
        // Timers count whole milliseconds: one that fires early would find nothing due.
        _timer.Change(TimeSpan.FromMilliseconds(Math.Max(0, Math.Ceiling(wait.TotalMilliseconds))), Timeout.InfiniteTimeSpan);
    }

    private (TimeSpan Sum, TimeSpan Longest) LongestRunning()
    {
        lock (_lock)
        {
            var now = _time.GetTimestamp();
            var (sum, longest) = (TimeSpan.Zero, TimeSpan.Zero);
            foreach (var since in _processing.Values)
            {
                var running = _time.GetElapsedTime(since, now);
                sum += running;
                longest = running > longest ? running : longest;
            }
            return (sum, longest);
        }
    }
}
