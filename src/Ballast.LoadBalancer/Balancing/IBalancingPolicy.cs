using Ballast.LoadBalancer.Backends;

namespace Ballast.LoadBalancer.Balancing;

/// <summary>Chooses among servers that are equally fit to serve.</summary>
internal interface IBalancingPolicy
{
    /// <summary>The name shown on the status page.</summary>
    string Name { get; }

    /// <summary>Picks one of <paramref name="candidates"/>, which is never empty.</summary>
    Backend Pick(IReadOnlyList<Backend> candidates);
}
