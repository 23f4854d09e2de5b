namespace Ballast.ApiServer.Storage.Caching;

/// <summary>The revision that every cache has reached, and those who wait for a later one. Safe for concurrent use.</summary>
internal sealed class RevisionClock(TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<Waiter> _waiters = [];
    private long _revision;

    public long Revision => Volatile.Read(ref _revision);

    public void Set(long revision)
    {
        Volatile.Write(ref _revision, revision);
        lock (_gate)
        {
            for (var node = _waiters.First; node is not null;)
            {
                var next = node.Next;
                if (node.Value.Revision <= revision)
                {
                    _waiters.Remove(node);
                    node.Value.TrySetResult();
                }
                node = next;
            }
        }
    }

    /// <summary>Whether <paramref name="revision"/> was reached within <paramref name="patience"/>.</summary>
    public async ValueTask<bool> WaitAsync(long revision, TimeSpan patience, CancellationToken cancel)
    {
        if (Revision >= revision)
            return true;
        LinkedListNode<Waiter> node;
        lock (_gate)
        {
            if (Revision >= revision)
                return true;
            node = _waiters.AddLast(new Waiter(revision));
        }
        try
        {
            await node.Value.Task.WaitAsync(patience, time, cancel);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
        finally
        {
            lock (_gate)
            {
                if (node.List is not null)
                    _waiters.Remove(node);
            }
        }
    }

    private sealed class Waiter(long revision) : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public long Revision { get; } = revision;
    }
}
