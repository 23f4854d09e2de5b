using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace Ballast.LoadBalancer.Proxy;

/// <summary>Accepts clients and keeps count of those being served.</summary>
internal sealed class ProxyListener : IDisposable
{
    private readonly Socket _socket;
    private readonly ClientConnection _connection;
    private readonly TimeProvider _time;
    private readonly ILogger<ProxyListener> _log;
    private readonly CancellationTokenSource _cut = new();
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _open = 1; // the listener itself, until it stops accepting

    /// <summary>Binds at once. Throws <see cref="SocketException"/> when the address cannot be had.</summary>
    public ProxyListener(IPEndPoint endpoint, ClientConnection connection, TimeProvider time, ILogger<ProxyListener> log)
    {
        (_connection, _time, _log) = (connection, time, log);
        _socket = new(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            _socket.Bind(endpoint);
            _socket.Listen(4096);
            Endpoint = (IPEndPoint)_socket.LocalEndPoint!;
        }
        catch
        {
            _socket.Dispose();
            throw;
        }
    }

    public IPEndPoint Endpoint { get; }

    /// <summary>Clients connected now.</summary>
    public int Connections => Volatile.Read(ref _open) - 1;

    /// <summary>Accepts until the token fires, then lets what is open end within <paramref name="drain"/> and cuts the rest.</summary>
    public async Task RunAsync(TimeSpan drain, CancellationToken cancellationToken)
    {
        await AcceptAsync(cancellationToken);
        _socket.Dispose();
        _log.LogInformation("Not accepting any more; {Connections} connections have {Drain} to end", Connections, drain);
        Leave();
        _ = await Task.WhenAny(_idle.Task, Task.Delay(drain, _time, CancellationToken.None));
        await _cut.CancelAsync();
        await _idle.Task;
    }

    private async Task AcceptAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                var client = await _socket.AcceptAsync(cancellationToken);
                Interlocked.Increment(ref _open);
                _ = ServeAsync(client);
            }
            catch (SocketException e)
            {
                // Out of descriptors, or a client that left while it queued: the next one must be served all the same.
                _log.LogWarning("accept: {Error}", e.Message);
                await Task.Delay(TimeSpan.FromMilliseconds(50), _time, CancellationToken.None);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(Socket client)
    {
        await Task.Yield();
        try
        {
            await _connection.ServeAsync(client, _cut.Token);
        }
        catch (Exception e)
        {
            _log.LogError(e, "A client's connection ended unexpectedly");
        }
        finally
        {
            Leave();
        }
    }

    private void Leave()
    {
        if (Interlocked.Decrement(ref _open) == 0) _idle.TrySetResult();
    }

    public void Dispose()
    {
        _socket.Dispose();
        _cut.Dispose();
    }
}
