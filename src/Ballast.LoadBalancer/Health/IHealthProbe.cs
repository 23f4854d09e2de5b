using Ballast.LoadBalancer.Backends;

namespace Ballast.LoadBalancer.Health;

/// <summary>Asks a server whether it is ready.</summary>
internal interface IHealthProbe
{
    /// <summary>
    /// Null when ready, else the server's reason. Throws when there is no answer: <see cref="HttpRequestException"/>,
    /// or <see cref="OperationCanceledException"/> when the time given by the token is up.
    /// </summary>
    ValueTask<string?> ProbeAsync(BackendAddress address, CancellationToken cancellationToken);
}
