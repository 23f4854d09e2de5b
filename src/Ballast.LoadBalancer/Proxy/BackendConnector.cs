using System.Net.Sockets;
using Ballast.LoadBalancer.Backends;
using Ballast.LoadBalancer.Balancing;
using Ballast.LoadBalancer.Health;
using Ballast.LoadBalancer.Status;

namespace Ballast.LoadBalancer.Proxy;

/// <summary>Opens TCP connections to servers, the fittest first.</summary>
internal sealed class BackendConnector(BackendSelector selector, HealthMonitor health, LoadBalancerMetrics metrics, TimeProvider time)
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(1);

    /// <summary>Connects to the best server outside <paramref name="tried"/>, adding each one it asks. Null when none is left.</summary>
    public async ValueTask<BackendConnection?> ConnectAsync(HashSet<Backend> tried, CancellationToken cancellationToken)
    {
        while (selector.Next(tried) is { } backend)
        {
            tried.Add(backend);
            if (await TryConnectAsync(backend, cancellationToken) is { } connection) return connection;
            metrics.Retried(backend);
        }
        return null;
    }

    /// <summary>Whether a server outside <paramref name="tried"/> is known to be ready.</summary>
    public bool HasReadyServer(HashSet<Backend> tried) => selector.Next(tried) is { Health.State: BackendState.Ready };

    /// <summary>The server closed, or stayed silent, before its first byte.</summary>
    public void ReportUnanswered(Backend backend)
    {
        metrics.Retried(backend);
        // No verdict: a client that speaks no TLS is dropped without a word too.
        health.RequestCheck(backend);
    }

    private async ValueTask<BackendConnection?> TryConnectAsync(Backend backend, CancellationToken cancellationToken)
    {
        var connection = new BackendConnection(backend);
        using var patience = new CancellationTokenSource(ConnectTimeout, time);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token, connection.Unanswered);
        try
        {
            await connection.Socket.ConnectAsync(backend.Address.Host, backend.Address.Port, any.Token);
            return connection;
        }
        catch (SocketException e)
        {
            connection.Dispose();
            // What fails on this side (descriptors, local ports) says nothing about the server.
            if (IsTheServers(e.SocketErrorCode)) health.ReportFailure(backend, $"connect: {e.Message}");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            connection.Dispose();
            if (patience.IsCancellationRequested) health.ReportFailure(backend, $"connect: no answer within {ConnectTimeout.TotalSeconds:0} s");
        }
        catch
        {
            connection.Dispose();
            throw;
        }
        return null;
    }

    private static bool IsTheServers(SocketError error) => error is SocketError.ConnectionRefused or SocketError.ConnectionReset
        or SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.HostDown or SocketError.TimedOut
        or SocketError.HostNotFound;
}
