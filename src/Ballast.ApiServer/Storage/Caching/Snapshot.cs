using Ballast.Etcd;

namespace Ballast.ApiServer.Storage.Caching;

/// <summary>
/// Objects in key order, immutable. A change copies one chunk of at most <see cref="MostInChunk"/> references and the list of chunks; readers keep what they
/// have, without locks.
/// </summary>
internal sealed class Snapshot
{
    private const int MostInChunk = 128;
    private const int FillOfNewChunk = 96;

    /// <summary>None empty; each sorted, and each before the next.</summary>
    private readonly StoredObject[][] _chunks;

    private Snapshot(StoredObject[][] chunks, int count)
    {
        _chunks = chunks;
        Count = count;
    }

    public static Snapshot Empty { get; } = new([], 0);

    public int Count { get; }

    /// <param name="sorted">In key order, no key twice.</param>
    public static Snapshot From(IEnumerable<StoredObject> sorted)
    {
        StoredObject[][] chunks = [.. sorted.Chunk(FillOfNewChunk)];
        return new Snapshot(chunks, chunks.Sum(c => c.Length));
    }

    public StoredObject? Find(string key)
    {
        var at = LowerBound(key);
        return at.Chunk < _chunks.Length && _chunks[at.Chunk][at.Index].Key == key ? _chunks[at.Chunk][at.Index] : null;
    }

    /// <summary>With <paramref name="added"/> in the place of what had its key, if anything had.</summary>
    public Snapshot With(StoredObject added)
    {
        if (_chunks.Length == 0)
            return new Snapshot([[added]], 1);
        var at = LowerBound(added.Key);
        if (at.Chunk == _chunks.Length) // after the last: append to the last chunk
            at = new Position(_chunks.Length - 1, _chunks[^1].Length);
        var chunk = _chunks[at.Chunk];
        if (at.Index < chunk.Length && chunk[at.Index].Key == added.Key)
        {
            var replaced = (StoredObject[])chunk.Clone();
            replaced[at.Index] = added;
            return new Snapshot(WithChunks(at.Chunk, 1, replaced), Count);
        }
        StoredObject[] grown = [.. chunk.AsSpan(0, at.Index), added, .. chunk.AsSpan(at.Index)];
        return new Snapshot(grown.Length <= MostInChunk ? WithChunks(at.Chunk, 1, grown) : WithChunks(at.Chunk, 1, grown[..(grown.Length / 2)], grown[(grown.Length / 2)..]), Count + 1);
    }

    /// <summary>Without <paramref name="key"/>, which must be there.</summary>
    public Snapshot Without(string key)
    {
        var at = LowerBound(key);
        var chunk = _chunks[at.Chunk];
        StoredObject[] shrunk = [.. chunk.AsSpan(0, at.Index), .. chunk.AsSpan(at.Index + 1)];
        if (shrunk.Length == 0)
            return new Snapshot(WithChunks(at.Chunk, 1), Count - 1);
        // Small neighbours become one, so that deletions do not leave many chunks of few.
        if (at.Chunk + 1 < _chunks.Length && shrunk.Length + _chunks[at.Chunk + 1].Length <= MostInChunk / 2)
            return new Snapshot(WithChunks(at.Chunk, 2, [.. shrunk, .. _chunks[at.Chunk + 1]]), Count - 1);
        return new Snapshot(WithChunks(at.Chunk, 1, shrunk), Count - 1);
    }

    /// <summary>The objects from <paramref name="start"/> on whose keys begin with <paramref name="prefix"/>.</summary>
    public Range Under(string prefix, string? start = null)
    {
        var from = LowerBound(start is not null && string.CompareOrdinal(start, prefix) > 0 ? start : prefix);
        var to = prefix.Length == 0 ? new Position(_chunks.Length, 0) : LowerBound(KeyRange.PrefixEnd(prefix));
        // A start past the prefix's end leaves nothing.
        return new Range(_chunks, from, to.IsBefore(from) ? from : to);
    }

    private StoredObject[][] WithChunks(int at, int removed, params ReadOnlySpan<StoredObject[]> inserted) =>
        [.. _chunks.AsSpan(0, at), .. inserted, .. _chunks.AsSpan(at + removed)];

    /// <summary>Where the first object is whose key is not before <paramref name="key"/>.</summary>
    private Position LowerBound(string key)
    {
        int low = 0, high = _chunks.Length;
        while (low < high) // the first chunk whose last key is not before
        {
            var middle = (low + high) / 2;
            if (string.CompareOrdinal(_chunks[middle][^1].Key, key) < 0)
                low = middle + 1;
            else
                high = middle;
        }
        if (low == _chunks.Length)
            return new Position(low, 0);
        var chunk = _chunks[low];
        int first = 0, last = chunk.Length - 1;
        while (first < last)
        {
            var middle = (first + last) / 2;
            if (string.CompareOrdinal(chunk[middle].Key, key) < 0)
                first = middle + 1;
            else
                last = middle;
        }
        return new Position(low, first);
    }

    public readonly record struct Position(int Chunk, int Index)
    {
        public bool IsBefore(Position other) => Chunk < other.Chunk || (Chunk == other.Chunk && Index < other.Index);
    }

    /// <summary>A part of a snapshot, not copied. <paramref name="to"/>, the first that is not in it, is not before <paramref name="from"/>.</summary>
    public readonly struct Range(StoredObject[][] chunks, Position from, Position to)
    {
        public int Count
        {
            get
            {
                var count = to.Index - from.Index;
                for (var chunk = from.Chunk; chunk < to.Chunk; chunk++)
                    count += chunks[chunk].Length;
                return count;
            }
        }

        /// <summary>The first <paramref name="count"/> objects.</summary>
        public StoredObject[] Take(int count)
        {
            var taken = new StoredObject[count];
            var filled = 0;
            for (int chunk = from.Chunk, index = from.Index; filled < count; chunk++, index = 0)
            {
                var part = chunks[chunk].AsSpan(index, Math.Min(chunks[chunk].Length - index, count - filled));
                part.CopyTo(taken.AsSpan(filled));
                filled += part.Length;
            }
            return taken;
        }

        public IEnumerable<StoredObject> Each()
        {
            for (int chunk = from.Chunk, index = from.Index; chunk < to.Chunk || (chunk == to.Chunk && index < to.Index); chunk++, index = 0)
            {
                var end = chunk == to.Chunk ? to.Index : chunks[chunk].Length;
                for (; index < end; index++)
                    yield return chunks[chunk][index];
            }
        }
    }
}
