using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Ballast.LoadBalancer.Proxy;

namespace Ballast.LoadBalancer.Tests.Fixtures;

/// <summary>
/// A TLS server that can be not ready, hang as a stopped process does (the kernel goes on accepting), die, and come back on its port.
/// <c>/name</c> answers its name; <c>/hold</c> answers a byte and then waits; <c>/echo</c> answers what follows until the client's end.
/// </summary>
internal sealed class FakeApiServer : IAsyncDisposable
{
    private readonly TestAuthority _authority;
    private readonly ConcurrentDictionary<Socket, bool> _open = new();
    private readonly List<Task> _tasks = [];
    private TaskCompletionSource _running = new();
    private CancellationTokenSource _alive = new();
    private TcpListener _listener;
    private int _served;

    public FakeApiServer(string name, TestAuthority authority)
    {
        (Name, _authority) = (name, authority);
        _listener = new(IPAddress.Loopback, 0);
        Start();
    }

    public string Name { get; }

    public string Address => $"127.0.0.1:{Port}";

    public int Port { get; private set; }

    public bool Ready { get; set; } = true;

    /// <summary>Requests answered, health checks apart.</summary>
    public int Served => Volatile.Read(ref _served);

    /// <summary>Answers other paths; the HTTP body, or null for a watch that <see cref="Watchers"/> feed.</summary>
    public Func<string, string?>? Api { get; set; }

    public ConcurrentBag<Func<string, Task>> Watchers { get; } = [];

    public void Start()
    {
        _alive = new();
        _running.TrySetResult();
        _listener = new(IPAddress.Loopback, Port);
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _tasks.Add(AcceptAsync(_listener, _alive.Token));
    }

    /// <summary>As SIGSTOP.</summary>
    public void Hang() => _running = new();

    public void Continue() => _running.TrySetResult();

    /// <summary>As SIGKILL: the port is closed, every connection reset.</summary>
    public void Kill()
    {
        _alive.Cancel();
        _listener.Dispose();
        foreach (var socket in _open.Keys) socket.Abort();
    }

    private async Task AcceptAsync(TcpListener listener, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await _running.Task.WaitAsync(cancellationToken);
                cancellationToken.ThrowIfCancellationRequested();
                var socket = await listener.AcceptSocketAsync(cancellationToken);
                _open[socket] = true;
                _ = ServeAsync(socket, cancellationToken);
            }
        }
        catch (Exception e) when (cancellationToken.IsCancellationRequested && e is OperationCanceledException or SocketException or InvalidOperationException)
        {
        }
    }

    private async Task ServeAsync(Socket socket, CancellationToken cancellationToken)
    {
        try
        {
            using var _ = socket;
            await using var tls = new SslStream(new NetworkStream(socket));
            await _running.Task.WaitAsync(cancellationToken);
            await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = _authority.Server }, cancellationToken);
            using var reader = new StreamReader(tls, Encoding.ASCII, leaveOpen: true);
            while (await reader.ReadLineAsync(cancellationToken) is { Length: > 0 } request)
            {
                while (await reader.ReadLineAsync(cancellationToken) is { Length: > 0 })
                {
                }
                await _running.Task.WaitAsync(cancellationToken);
                await AnswerAsync(request.Split(' ')[1], tls, reader, cancellationToken);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or SocketException or ObjectDisposedException)
        {
        }
        finally
        {
            _open.TryRemove(socket, out bool _);
        }
    }

    private async Task AnswerAsync(string path, Stream stream, StreamReader reader, CancellationToken cancellationToken)
    {
        if (path == "/readyz")
        {
            await WriteAsync(stream, Ready ? "200 OK" : "500 Internal Server Error", "ok", cancellationToken);
            return;
        }
        Interlocked.Increment(ref _served);
        switch (path)
        {
            case "/name":
                await WriteAsync(stream, "200 OK", Name, cancellationToken);
                break;
            case "/hold":
                await stream.WriteAsync(Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\n\r\n" + Name), cancellationToken);
                await stream.FlushAsync(cancellationToken);
                await Task.Delay(Timeout.Infinite, cancellationToken);
                break;
            case "/echo":
                var body = await reader.ReadToEndAsync(cancellationToken);
                await stream.WriteAsync(Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\n\r\n" + body), cancellationToken);
                await stream.FlushAsync(cancellationToken);
                break;
            default:
                if (Api?.Invoke(path) is { } json) await WriteAsync(stream, "200 OK", json, cancellationToken);
                else await WatchAsync(stream, cancellationToken);
                break;
        }
    }

    private async Task WatchAsync(Stream stream, CancellationToken cancellationToken)
    {
        await stream.WriteAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"u8.ToArray(), cancellationToken);
        Watchers.Add(async line => await stream.WriteAsync(Encoding.ASCII.GetBytes($"{line.Length + 1:x}\r\n{line}\n\r\n"), cancellationToken));
        await Task.Delay(Timeout.Infinite, cancellationToken);
    }

    private static async Task WriteAsync(Stream stream, string status, string body, CancellationToken cancellationToken)
    {
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nContent-Length: {body.Length}\r\n\r\n{body}"), cancellationToken);
        await stream.FlushAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        Continue();
        Kill();
        await Task.WhenAll(_tasks);
    }
}
