namespace Ballast.Admin.LoadBalancers;

/// <summary>What leads the clients of a cluster of <c>up</c> to its API servers.</summary>
public enum LoadBalancerKind
{
    /// <summary><c>ballast load-balancer</c>, on a host of its own.</summary>
    Builtin,

    /// <summary>HAProxy, on a host of its own.</summary>
    Haproxy,

    /// <summary>Something of the user's, at an endpoint that the user names.</summary>
    External,
}
