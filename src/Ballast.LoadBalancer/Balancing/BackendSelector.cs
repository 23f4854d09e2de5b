using Ballast.LoadBalancer.Backends;

namespace Ballast.LoadBalancer.Balancing;

/// <summary>Narrows the pool to the servers most fit to serve, then lets the policy choose.</summary>
internal sealed class BackendSelector(BackendPool pool, IBalancingPolicy policy)
{
    /// <summary>The server for the next attempt, or null when every one has been tried.</summary>
    public Backend? Next(IReadOnlySet<Backend> tried)
    {
        var candidates = new List<Backend>(4);
        var best = int.MaxValue;
        foreach (var backend in pool.Backends)
        {
            if (tried.Contains(backend)) continue;
            var rank = Rank(backend);
            if (rank > best) continue;
            if (rank < best) candidates.Clear();
            best = rank;
            candidates.Add(backend);
        }
        return candidates.Count == 0 ? null : policy.Pick(candidates);
    }

    // A server that is not ready is worth more than none: without etcd's quorum no server is ready, yet each still
    // answers reads from its cache. One that seems down is still tried last, because the check may be behind.
    private static int Rank(Backend backend) => (backend.Health.State, backend.Listed) switch
    {
        (BackendState.Ready, true) => 0,
        (BackendState.Ready, false) => 1,
        (BackendState.Unknown, _) => 2,
        (BackendState.NotReady, _) => 3,
        _ => 4,
    };
}
