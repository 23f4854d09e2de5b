using Ballast.Client;

namespace Ballast.ControllerManager.Expectations;

/// <summary>
/// What a controller has asked for and has not yet seen in its informer. While a key expects something its caches are known to be
/// behind, and acting on them would create or delete twice. Expectations run out after five minutes, in case an event never comes.
/// Thread-safe.
/// </summary>
public sealed class ControllerExpectations(TimeProvider time)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(5);

    private readonly Lock _lock = new(); // guards the dictionary and its values
    private readonly Dictionary<ObjectKey, Expected> _expected = [];

    /// <summary>True where nothing is expected any more, or what was expected has run out.</summary>
    public bool AreSatisfied(ObjectKey key)
    {
        lock (_lock)
            return !_expected.TryGetValue(key, out var e) || (e.Creations <= 0 && e.Deletions.Count == 0) || time.GetElapsedTime(e.Since) > Timeout;
    }

    public void ExpectCreations(ObjectKey key, int count) => Set(key, count, []);

    /// <param name="key">The controller's object.</param>
    /// <param name="uids">By uid: a pod is seen more than once on its way out.</param>
    public void ExpectDeletions(ObjectKey key, IEnumerable<string> uids) => Set(key, 0, [.. uids]);

    /// <summary>A creation was seen, or failed.</summary>
    public void CreationObserved(ObjectKey key, int count = 1)
    {
        lock (_lock)
        {
            if (_expected.TryGetValue(key, out var e))
                e.Creations -= count;
        }
    }

    /// <summary>A deletion was seen, or failed.</summary>
    public void DeletionObserved(ObjectKey key, string uid)
    {
        lock (_lock)
        {
            if (_expected.TryGetValue(key, out var e))
                e.Deletions.Remove(uid);
        }
    }

    /// <summary>The controller's object is gone.</summary>
    public void Forget(ObjectKey key)
    {
        lock (_lock)
            _expected.Remove(key);
    }

    private void Set(ObjectKey key, int creations, HashSet<string> deletions)
    {
        lock (_lock)
            _expected[key] = new(creations, deletions, time.GetTimestamp());
    }

    private sealed class Expected(int creations, HashSet<string> deletions, long since)
    {
        public int Creations { get; set; } = creations;

        public HashSet<string> Deletions { get; } = deletions;

        public long Since { get; } = since;
    }
}
