using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Connections;

namespace Ballast.ComponentBase.Serving;

/// <summary>
/// Buffers for connections, four times the size of Kestrel's own. Kestrel encrypts and sends buffer by buffer: a large answer then takes a quarter of the TLS
/// records, and of the steps around each.
/// </summary>
internal sealed class LargeBlockPool : MemoryPool<byte>
{
    /// <summary>The most a TLS record holds.</summary>
    private const int BlockSize = 16 * 1024;

    /// <summary>What is kept for the next use; more is left to the garbage collector, so that a burst does not cost memory for ever.</summary>
    private const int MostKept = 256;

    private readonly ConcurrentQueue<Block> _free = new();

    public override int MaxBufferSize => BlockSize;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, BlockSize);
        return _free.TryDequeue(out var block) ? block : new Block(this);
    }

    protected override void Dispose(bool disposing) => _free.Clear();

    private void Return(Block block)
    {
        if (_free.Count < MostKept)
            _free.Enqueue(block);
    }

    internal sealed class Factory : IMemoryPoolFactory<byte>
    {
        public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => new LargeBlockPool();
    }

    // Disposing gives it back: the next who rents has it again.
    private sealed class Block(LargeBlockPool pool) : IMemoryOwner<byte>
    {
        public Memory<byte> Memory { get; } = MemoryMarshal.CreateFromPinnedArray(GC.AllocateUninitializedArray<byte>(BlockSize, pinned: true), 0, BlockSize);

        public void Dispose() => pool.Return(this);
    }
}
