using System.Collections.Immutable;

namespace Ballast.LoadBalancer.Backends;

/// <summary>The servers known now, as an immutable snapshot that changes as a whole.</summary>
public sealed class BackendPool(TimeProvider time)
{
    private readonly Lock _writers = new();
    private ImmutableArray<Backend> _backends = [];

    public ImmutableArray<Backend> Backends => ImmutableInterlocked.InterlockedCompareExchange(ref _backends, default, default);

    /// <summary>Called for each server that joins, before anybody can be sent to it.</summary>
    public event Action<Backend>? Added;

    /// <summary>Called for each server that is forgotten.</summary>
    public event Action<Backend>? Removed;

    /// <summary>The servers to start from. Seeds that are not remembered stand in reserve.</summary>
    public void Start(IReadOnlyCollection<BackendAddress> seeds, IReadOnlyCollection<BackendAddress> remembered)
    {
        foreach (var address in seeds.Concat(remembered).Distinct())
            Add(new Backend(address, seeds.Contains(address), time.GetUtcNow()));
        if (remembered.Count > 0) _ = Follow(remembered);
    }

    /// <summary>
    /// Takes over the cluster's own list. New servers join; those no longer on it are drained and forgotten later.
    /// An empty list is never taken: an API server that serves it proves that one is there. True when something changed.
    /// </summary>
    public bool Follow(IReadOnlyCollection<BackendAddress> listed)
    {
        if (listed.Count == 0) return false;
        lock (_writers)
        {
            var changed = false;
            foreach (var backend in Backends)
            {
                var stays = listed.Contains(backend.Address);
                changed |= stays != backend.Listed;
                if (stays) backend.List();
                else backend.Unlist(time.GetUtcNow());
            }
            foreach (var address in listed.Where(a => !Backends.Any(b => b.Address == a)).Distinct().ToArray())
            {
                Add(new Backend(address, seed: false, time.GetUtcNow()));
                changed = true;
            }
            return changed;
        }
    }

    /// <summary>Forgets a server that is off the list and was not named on the command line.</summary>
    public void Forget(Backend backend)
    {
        lock (_writers)
        {
            if (backend.Listed || backend.Seed) return;
            ImmutableInterlocked.Update(ref _backends, list => list.Remove(backend));
        }
        Removed?.Invoke(backend);
    }

    private void Add(Backend backend)
    {
        Added?.Invoke(backend);
        ImmutableInterlocked.Update(ref _backends, list => list.Add(backend));
    }
}
