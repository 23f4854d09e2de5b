using System.Net.Sockets;
using Ballast.LoadBalancer.Backends;

namespace Ballast.LoadBalancer.Proxy;

/// <summary>A socket to a server, counted as that server's for as long as it lives.</summary>
internal sealed class BackendConnection : IDisposable
{
    private int _disposed;

    public BackendConnection(Backend backend)
    {
        Backend = backend;
        Unanswered = backend.Unanswered;
        Evicted = backend.Evicted;
        backend.Enter();
    }

    public Backend Backend { get; }

    public Socket Socket { get; } = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    // Taken when the connection is made: what fires before that is no news to it, what fires after must reach it.
    public CancellationToken Unanswered { get; }

    public CancellationToken Evicted { get; }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        Socket.Dispose();
        Backend.Leave();
    }
}
