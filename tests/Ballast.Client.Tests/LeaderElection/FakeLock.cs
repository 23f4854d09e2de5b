using System.Net;
using Ballast.Client.LeaderElection;
using k8s.Autorest;

namespace Ballast.Client.Tests.LeaderElection;

/// <summary>The record that all candidates see, with optimistic concurrency as the API has it.</summary>
internal sealed class SharedRecord
{
    private readonly Lock _lock = new();
    private LeaderElectionRecord? _record;
    private int _version;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends with the next write.</summary>
    public Task Changed
    {
        get
        {
            lock (_lock)
                return _changed.Task;
        }
    }

    public (LeaderElectionRecord? Record, int Version) Read()
    {
        lock (_lock)
            return (_record, _version);
    }

    /// <returns>The new version.</returns>
    public int Write(LeaderElectionRecord record, int expectedVersion)
    {
        lock (_lock)
        {
            if (expectedVersion != _version)
                throw new HttpOperationException("conflict") { Response = new HttpResponseMessageWrapper(new HttpResponseMessage(HttpStatusCode.Conflict), "") };
            _record = record;
            _changed.SetResult();
            _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
            return ++_version;
        }
    }
}

/// <summary>What becomes of one request.</summary>
internal enum Fate
{
    Answered,

    /// <summary>Never arrives.</summary>
    Lost,

    /// <summary>Is carried out, but the answer never comes.</summary>
    AnswerLost,

    /// <summary>Hangs until the caller gives up, and is carried out then.</summary>
    Late,
}

/// <summary>One candidate's way to the record, over a network that does to each request what <paramref name="fate"/> says.</summary>
internal sealed class FakeLock(SharedRecord shared, string identity, Func<Fate> fate) : ILeaderLock
{
    private int _version;

    /// <summary>Whether changes are told of at once, as a watch does that works.</summary>
    public bool HearsOfChanges { get; init; }

    public string Identity => identity;

    public string Description => "test/lock";

    public Task<LeaderElectionRecord?> GetAsync(CancellationToken cancel) => SendAsync(() =>
    {
        (var record, _version) = shared.Read();
        return record;
    }, cancel);

    public Task CreateAsync(LeaderElectionRecord record, CancellationToken cancel) => WriteAsync(record, 0, cancel);

    public Task UpdateAsync(LeaderElectionRecord record, CancellationToken cancel) => WriteAsync(record, _version, cancel);

    public Task WaitForChangeAsync(CancellationToken cancel) => HearsOfChanges ? shared.Changed.WaitAsync(cancel) : Task.Delay(Timeout.Infinite, cancel);

    public void RecordEvent(string what)
    {
    }

    private async Task WriteAsync(LeaderElectionRecord record, int expected, CancellationToken cancel) => _version = await SendAsync(() => shared.Write(record, expected), cancel);

    private async Task<T> SendAsync<T>(Func<T> request, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        switch (fate())
        {
            case Fate.Lost:
                throw new HttpRequestException("lost");
            case Fate.AnswerLost:
                request();
                throw new HttpRequestException("the answer was lost");
            case Fate.Late:
                await Task.Delay(Timeout.Infinite, cancel).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
                request();
                throw new OperationCanceledException(cancel);
            default:
                return request();
        }
    }
}
