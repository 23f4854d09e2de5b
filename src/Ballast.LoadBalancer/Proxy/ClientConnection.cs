using System.Net.Sockets;
using Ballast.LoadBalancer.Status;

namespace Ballast.LoadBalancer.Proxy;

/// <summary>One client's connection, from accept to end.</summary>
internal sealed class ClientConnection(BackendConnector connector, LoadBalancerMetrics metrics, TimeProvider time)
{
    /// <summary>How long a client may take to read what a server had sent before it ended, and to end itself.</summary>
    private static readonly TimeSpan UntilRead = TimeSpan.FromSeconds(30);

    /// <summary>Serves <paramref name="client"/> until either side is done. The token cuts the connection.</summary>
    public async Task ServeAsync(Socket client, CancellationToken cancellationToken)
    {
        using var _ = client;
        try
        {
            client.NoDelay = true;
            DetectDeadPeer(client);
            var started = time.GetTimestamp();
            using var flight = new FirstFlight(client, connector, time);
            using var server = await flight.RunAsync(cancellationToken);
            if (server is null)
            {
                metrics.Rejected();
                client.Abort();
                return;
            }
            metrics.Opened(server.Backend, time.GetElapsedTime(started));
            DetectDeadPeer(server.Socket);
            await RelayAsync(client, server, flight, cancellationToken);
        }
        catch (Exception e) when (e is ClientGoneException or SocketException or OperationCanceledException)
        {
            // The client went away, or the balancer is stopping.
            client.Abort();
        }
    }

    private async Task RelayAsync(Socket client, BackendConnection server, FirstFlight flight, CancellationToken cancellationToken)
    {
        void Cut(object? _)
        {
            client.Abort();
            server.Socket.Abort();
        }
        await using var stopping = cancellationToken.UnsafeRegister(Cut, null);
        await using var evicted = server.Evicted.UnsafeRegister(Cut, null);
        var up = flight.ClientEnded ? Task.CompletedTask : Relay.RequestsAsync(client, server.Socket, flight.ClientReadable, count => metrics.BytesIn.Inc(count));
        var down = Relay.AnswersAsync(server.Socket, client, count =>
        {
            server.Backend.Heard(time.GetTimestamp());
            metrics.BytesOut.Inc(count);
        });
        await down;
        try
        {
            await up.WaitAsync(UntilRead, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            // What it goes on sending is of no use to a server that has ended.
            client.Abort();
            await up;
        }
    }

    // A peer whose host vanished sends nothing, not even an end. Found within about a minute.
    private static void DetectDeadPeer(Socket socket)
    {
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 30);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 10);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 3);
    }
}
