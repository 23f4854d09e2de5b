using System.Buffers;
using System.Net.Sockets;

namespace Ballast.LoadBalancer.Proxy;

/// <summary>Copies bytes between two sockets. An idle connection holds no buffer; a busy one holds one a direction.</summary>
internal static class Relay
{
    private const int BufferSize = 64 * 1024;

    /// <summary>
    /// Copies what the client sends until it ends, then passes the end on; the other direction may go on.
    /// </summary>
    /// <param name="client">From here.</param>
    /// <param name="server">To here.</param>
    /// <param name="readable">A wait for the first bytes that is already under way.</param>
    /// <param name="arrived">Told of bytes as they come.</param>
    public static async Task RequestsAsync(Socket client, Socket server, Task<int>? readable, Action<int> arrived)
    {
        if (await CopyAsync(client, server, readable, arrived))
            server.End();
        else
            server.Abort();
    }

    /// <summary>
    /// Copies what the server sends until it ends, in whatever way, and then ends the connection to the client such that it gets all of that first. (That the end was none of the server's own making TLS tells it.)
    /// </summary>
    /// <param name="server">From here.</param>
    /// <param name="client">To here.</param>
    /// <param name="arrived">Told of bytes as they come.</param>
    public static async Task AnswersAsync(Socket server, Socket client, Action<int> arrived)
    {
        await CopyAsync(server, client, readable: null, arrived);
        client.End();
    }

    /// <returns>False where <paramref name="from"/> did not end but broke.</returns>
    private static async Task<bool> CopyAsync(Socket from, Socket to, Task<int>? readable, Action<int> arrived)
    {
        try
        {
            if (readable is not null) await readable;
            while (true)
            {
                // Waiting with an empty buffer is what keeps idle connections cheap.
                await from.ReceiveAsync(Memory<byte>.Empty);
                if (!await CopyAvailableAsync(from, to, arrived)) return true;
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    private static async ValueTask<bool> CopyAvailableAsync(Socket from, Socket to, Action<int> arrived)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            do
            {
                var count = await from.ReceiveAsync(buffer);
                if (count == 0) return false;
                arrived(count);
                await PassOnAsync(to, buffer.AsMemory(0, count));
            }
            while (from.Available > 0);
            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>
    /// Whoever takes nothing any more may have said something before, which is still on its way in the other direction: nothing is broken off for that. What it does not take is thrown away.
    /// </summary>
    private static async ValueTask PassOnAsync(Socket to, ReadOnlyMemory<byte> data)
    {
        try
        {
            await to.SendAllAsync(data, CancellationToken.None);
        }
        catch (SocketException)
        {
            // The other direction will find that it has ended, or that it broke.
        }
    }
}

internal static class SocketExtensions
{
    extension(Socket socket)
    {
        public async ValueTask SendAllAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
        {
            while (data.Length > 0) data = data[await socket.SendAsync(data, cancellationToken)..];
        }

        /// <summary>Sends an end after all that was sent before; bytes of the peer may still be read.</summary>
        public void End()
        {
            try
            {
                socket.Shutdown(SocketShutdown.Send);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // The peer has gone.
            }
        }

        /// <summary>Closes with a reset, so that the peer knows at once that this was no orderly end.</summary>
        public void Abort()
        {
            try
            {
                socket.LingerState = new LingerOption(true, 0);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // Closed already: there is nothing left to reset.
            }
            socket.Dispose();
        }
    }
}
