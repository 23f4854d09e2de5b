using System.Buffers;
using System.Net.Sockets;
using Ballast.LoadBalancer.Backends;

namespace Ballast.LoadBalancer.Proxy;

/// <summary>
/// The part of a client's connection before any server has answered. What the client sent so far (its TLS hello) is kept, so that
/// a server which dies or hangs now costs the client nothing: the next one gets the same bytes. Once a server has answered there is
/// no way back. The API servers take no TLS early data, so nothing is executed twice.
/// </summary>
internal sealed class FirstFlight(Socket client, BackendConnector connector, TimeProvider time) : IDisposable
{
    // More than any TLS hello; a client that sends more unanswered is bound to the server it has.
    private const int Capacity = 32 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan PauseBetweenRounds = TimeSpan.FromMilliseconds(500);

    private readonly byte[] _sent = ArrayPool<byte>.Shared.Rent(Capacity);
    private int _length;

    /// <summary>A wait for the client's next bytes that is still under way; whoever goes on with the connection takes it over.</summary>
    public Task<int>? ClientReadable { get; private set; }

    /// <summary>The client has sent its FIN, and the server has been told.</summary>
    public bool ClientEnded { get; private set; }

    /// <summary>Finds a server that answers. Null when there is none, or the client gave up.</summary>
    public async ValueTask<BackendConnection?> RunAsync(CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            var accepted = false;
            var tried = new HashSet<Backend>();
            while (await connector.ConnectAsync(tried, cancellationToken) is { } server)
            {
                accepted = true;
                if (await IsAnsweredAsync(server, tried, cancellationToken)) return server;
                server.Dispose();
                connector.ReportUnanswered(server.Backend);
            }
            // If servers took the connection and dropped it, it is the client's doing. If nobody took it, somebody may in a moment.
            if (accepted || time.GetElapsedTime(started) > Patience) return null;
            await Task.Delay(PauseBetweenRounds, time, cancellationToken);
        }
    }

    private async ValueTask<bool> IsAnsweredAsync(BackendConnection server, HashSet<Backend> tried, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, server.Evicted);
        var silence = new Signal(server.Unanswered);
        try
        {
            if (_length > 0) await server.Socket.SendAllAsync(_sent.AsMemory(0, _length), stop.Token);
            if (ClientEnded) server.Socket.Shutdown(SocketShutdown.Send);
            var answer = server.Socket.ReceiveAsync(Memory<byte>.Empty, stop.Token).AsTask();
            while (true)
            {
                _ = CanTakeMore
                    ? await Task.WhenAny(answer, silence.Fired, ClientReadable ??= client.ReceiveAsync(Memory<byte>.Empty, cancellationToken).AsTask())
                    : await Task.WhenAny(answer, silence.Fired);
                if (answer.IsCompleted)
                {
                    await answer;
                    // Readable with nothing to read is the end of the stream. To a client that said nothing, or ended, that is the answer.
                    return server.Socket.Available > 0 || _length == 0 || !CanTakeMore;
                }
                if (silence.Fired.IsCompleted)
                {
                    // A slow server is better than none: leave it only for one that is known to be ready.
                    if (connector.HasReadyServer(tried)) return false;
                    silence.Dispose();
                    silence = new Signal(server.Backend.Unanswered);
                }
                else
                {
                    await PassOnAsync(server, stop.Token);
                }
            }
        }
        catch (SocketException)
        {
            return false;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
        finally
        {
            silence.Dispose();
        }
    }

    private bool CanTakeMore => !ClientEnded && _length < Capacity;

    private async ValueTask PassOnAsync(BackendConnection server, CancellationToken cancellationToken)
    {
        int count;
        try
        {
            await ClientReadable!;
            ClientReadable = null;
            count = await client.ReceiveAsync(_sent.AsMemory(_length..Capacity), cancellationToken);
        }
        catch (SocketException e)
        {
            throw new ClientGoneException(e);
        }
        if (count == 0)
        {
            ClientEnded = true;
            server.Socket.Shutdown(SocketShutdown.Send);
            return;
        }
        _length += count;
        await server.Socket.SendAllAsync(_sent.AsMemory(_length - count, count), cancellationToken);
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(_sent);

    /// <summary>A token to wait for; gives up its registration when disposed, because the token outlives the wait.</summary>
    private sealed class Signal : IDisposable
    {
        private readonly TaskCompletionSource _fired = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly CancellationTokenRegistration _registration;

        public Signal(CancellationToken token) =>
            _registration = token.UnsafeRegister(static fired => ((TaskCompletionSource)fired!).TrySetResult(), _fired);

        public Task Fired => _fired.Task;

        public void Dispose() => _registration.Dispose();
    }
}

/// <summary>The client broke its connection; not the server's fault, and nothing more to do.</summary>
internal sealed class ClientGoneException(SocketException inner) : IOException(inner.Message, inner);
