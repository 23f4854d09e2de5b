using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Ballast.Testing.Etcd;

/// <summary>A network path to one address that a test can cut, so that connections through it break and new ones are closed at once, or hold up in one direction.</summary>
public sealed class TcpGate : IAsyncDisposable
{
    private readonly Uri _target;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<TcpClient, CancellationTokenSource> _open = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;
    private volatile bool _cut;
    private volatile bool _holdsRequests;
    private volatile bool _holdsAnswers;

    public TcpGate(Uri target)
    {
        _target = target;
        _listener.Start();
        Address = new Uri($"{target.Scheme}://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");
        _accepting = AcceptAsync();
    }

    /// <summary>Where clients connect.</summary>
    public Uri Address { get; }

    public void Cut()
    {
        _cut = true;
        foreach (var broken in _open.Values)
            broken.Cancel();
    }

    /// <summary>What clients send does not arrive, until it is mended; what is held when the path is cut never does.</summary>
    public void HoldRequests() => _holdsRequests = true;

    /// <summary>What clients are answered does not arrive, until it is mended; what is held when the path is cut never does.</summary>
    public void HoldAnswers() => _holdsAnswers = true;

    public void Mend() => _cut = _holdsRequests = _holdsAnswers = false;

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = CarryAsync(await _listener.AcceptTcpClientAsync(_stop.Token));
        }
        catch (Exception) when (_stop.IsCancellationRequested)
        {
            // disposed of
        }
    }

    private async Task CarryAsync(TcpClient client)
    {
        using var target = new TcpClient { NoDelay = true };
        using var broken = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        using (client)
        {
            _open.TryAdd(client, broken);
            try
            {
                if (_cut)
                    return;
                client.NoDelay = true;
                await target.ConnectAsync(_target.Host, _target.Port, broken.Token);
                await Task.WhenAny(
                    CopyAsync(client.GetStream(), target.GetStream(), () => _holdsRequests, broken.Token),
                    CopyAsync(target.GetStream(), client.GetStream(), () => _holdsAnswers, broken.Token));
                await broken.CancelAsync();
            }
            catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException or InvalidOperationException)
            {
                // one side went away; the other follows
            }
            finally
            {
                _open.TryRemove(client, out _);
            }
        }
    }

    private static async Task CopyAsync(NetworkStream from, NetworkStream to, Func<bool> holds, CancellationToken broken)
    {
        var buffer = new byte[16 << 10];
        while (await from.ReadAsync(buffer, broken) is var read and > 0)
        {
            while (holds())
                await Task.Delay(5, broken);
            await to.WriteAsync(buffer.AsMemory(0, read), broken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        Cut();
        await _accepting;
        _stop.Dispose();
    }
}
