namespace Ballast.ApiServer.Server;

/// <summary>
/// Where a server is in its life. On shutdown first readiness fails (new clients go elsewhere, nothing else changes), then the watches are asked to end, then
/// whatever still runs is given up.
/// </summary>
public sealed class ServerLifecycle : IDisposable
{
    private readonly CancellationTokenSource _draining = new();
    private readonly CancellationTokenSource _abandoned = new();
    private volatile bool _shuttingDown;

    public bool IsShuttingDown => _shuttingDown;

    /// <summary>Long-running requests end when it fires.</summary>
    public CancellationToken Draining => _draining.Token;

    /// <summary>All requests end when it fires.</summary>
    public CancellationToken Abandoned => _abandoned.Token;

    public void BeginShutdown() => _shuttingDown = true;

    public void Drain() => _draining.Cancel();

    public void Abandon() => _abandoned.Cancel();

    public void Dispose()
    {
        _draining.Dispose();
        _abandoned.Dispose();
    }
}
