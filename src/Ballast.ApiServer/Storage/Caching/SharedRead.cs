namespace Ballast.ApiServer.Storage.Caching;

/// <summary>
/// One read for all who ask at the same time. Whoever asks gets the answer of a read that began after they asked: never one that was already under
/// way. At most one read is under way. When it fails, those who already wait for the next fail with it: etcd was asked just now. Whoever asks later has another read.
/// </summary>
internal sealed class SharedRead<T>(Func<Task<T>> read)
{
    private readonly Lock _gate = new();
    private Task<T>? _running;
    private Task<T>? _next;

    public Task<T> AskAsync(CancellationToken cancel)
    {
        lock (_gate)
        {
            // What has failed before says nothing of now.
            _next ??= ReadAfterAsync(_running is { IsCompleted: false } ? _running : null);
            return _next.WaitAsync(cancel);
        }
    }

    private async Task<T> ReadAfterAsync(Task<T>? running)
    {
        await Task.Yield(); // the caller holds the gate
        try
        {
            if (running is not null)
                _ = await running;
        }
        finally
        {
            lock (_gate)
            {
                // Whoever asks from here on is too late for this read.
                _running = _next;
                _next = null;
            }
        }
        return await read();
    }
}
