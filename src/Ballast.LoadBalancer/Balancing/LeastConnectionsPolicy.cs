using Ballast.LoadBalancer.Backends;

namespace Ballast.LoadBalancer.Balancing;

/// <summary>The server with the fewest open connections; equals take turns. API connections live long, so their number is the load.</summary>
internal sealed class LeastConnectionsPolicy : IBalancingPolicy
{
    private int _turn;

    public string Name => "LeastConnections";

    public Backend Pick(IReadOnlyList<Backend> candidates)
    {
        var start = (int)((uint)Interlocked.Increment(ref _turn) % (uint)candidates.Count);
        var best = candidates[start];
        for (var i = 1; i < candidates.Count; i++)
        {
            var candidate = candidates[(start + i) % candidates.Count];
            if (candidate.Connections < best.Connections) best = candidate;
        }
        return best;
    }
}
