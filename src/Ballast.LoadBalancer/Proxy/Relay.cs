using System.Buffers;
using System.Net.Sockets;

namespace Ballast.LoadBalancer.Proxy;

/// <summary>Copies bytes between two sockets. An idle connection holds no buffer; a busy one holds one a direction.</summary>
internal static class Relay
{
    private const int BufferSize = 64 * 1024;

    /// <summary>
    /// Copies until <paramref name="from"/> ends, then passes the end on; the other direction may go on.
    /// <paramref name="readable"/> is a wait for the first bytes that is already under way; <paramref name="arrived"/> is told of bytes as they come.
    /// </summary>
    public static async Task CopyAsync(Socket from, Socket to, Task<int>? readable, Action<int> arrived)
    {
        // A failure ends both directions: half a broken connection is of use to nobody.
        try
        {
            if (readable is not null) await readable;
            while (true)
            {
                // Waiting with an empty buffer is what keeps idle connections cheap.
                await from.ReceiveAsync(Memory<byte>.Empty);
                if (!await CopyAvailableAsync(from, to, arrived)) break;
            }
            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            from.Abort();
            to.Abort();
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
                await to.SendAllAsync(buffer.AsMemory(0, count), CancellationToken.None);
            }
            while (from.Available > 0);
            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
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
