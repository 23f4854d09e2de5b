using System.Buffers.Binary;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Ballast.Admin.Backups;

/// <summary>
/// Reads a bbolt database, the form of etcd's data. It is a tree of pages; each begins with a header of 16 bytes:
/// <code>
/// page     id 8, flags 2, count 2, overflow 4: the page goes on for so many more
/// meta     magic 4, version 4, page size 4, flags 4, root bucket 16, free list 8, pages 8, transaction 8, checksum 8
/// branch   per child: position of its first key 4, size 4, page 8
/// leaf     per entry: flags 4 (1: a bucket), position of the key 4, size of the key 4, size of the value 4
/// bucket   root page 8 (0: the page follows in the value itself), sequence 8
/// </code>
/// Numbers are little-endian, and positions count from the element. Of the two meta pages the newer one that is whole counts.
/// </summary>
internal sealed class BoltFile : IDisposable
{
    public const uint Magic = 0xED0CDAED;
    public const int HeaderBytes = 16;

    private const int BucketBytes = 16;
    private const int ElementBytes = 16;
    private const int BranchFlag = 1;
    private const int LeafFlag = 2;
    private const uint BucketFlag = 1;

    // Far deeper than any tree of pages is; a damaged file may have a circle.
    private const int MaxDepth = 32;

    private readonly SafeFileHandle _file;
    private readonly int _pageSize;
    private readonly long _root;

    /// <param name="file">Belongs to this from now on.</param>
    /// <exception cref="InvalidDataException">It is no such database.</exception>
    public BoltFile(SafeFileHandle file)
    {
        _file = file;
        try
        {
            (_pageSize, _root) = NewestMeta();
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    /// <exception cref="InvalidDataException">It is no such database.</exception>
    public static BoltFile Open(string path) => new(File.OpenHandle(path));

    /// <summary>The entries of a top bucket, in key order; buckets inside it are left out.</summary>
    /// <exception cref="InvalidDataException">There is no such bucket, or a page is damaged.</exception>
    public IEnumerable<BoltEntry> Entries(string bucket) => Walk(Top(bucket), 0).Where(e => !e.IsBucket);

    /// <summary>From a bucket's top page down to its last entry: the last element of each page on the way. Empty where the bucket is.</summary>
    /// <exception cref="InvalidDataException">There is no such bucket, or a page is damaged.</exception>
    public IReadOnlyList<BoltEntry> WayToLast(string bucket)
    {
        var way = new List<BoltEntry>();
        for (var page = Top(bucket); ; page = ReadPage(way[^1].Child))
        {
            var (isBranch, count) = Kind(page, way.Count);
            if (count == 0)
                return way;
            way.Add(Element(page, isBranch, count - 1));
            if (!isBranch)
                return way;
        }
    }

    public void Dispose() => _file.Dispose();

    private Page Top(string bucket)
    {
        var name = Encoding.UTF8.GetBytes(bucket);
        foreach (var entry in Walk(ReadPage(_root), 0))
        {
            if (!entry.IsBucket || !entry.Key.Span.SequenceEqual(name))
                continue;
            var root = BinaryPrimitives.ReadInt64LittleEndian(Slice(entry.Value, 0, BucketBytes).Span);
            return root == 0 ? new(entry.Value[BucketBytes..], entry.KeyAt + entry.Key.Length + BucketBytes) : ReadPage(root);
        }
        throw new InvalidDataException($"it has no bucket \"{bucket}\"");
    }

    private IEnumerable<BoltEntry> Walk(Page page, int depth)
    {
        var (isBranch, count) = Kind(page, depth);
        for (var i = 0; i < count; i++)
        {
            var element = Element(page, isBranch, i);
            if (!isBranch)
            {
                yield return element;
                continue;
            }
            foreach (var entry in Walk(ReadPage(element.Child), depth + 1))
                yield return entry;
        }
    }

    private static (bool IsBranch, int Count) Kind(Page page, int depth)
    {
        var flags = BinaryPrimitives.ReadUInt16LittleEndian(Slice(page.Bytes, 8, 2).Span);
        return depth <= MaxDepth && flags is BranchFlag or LeafFlag
            ? (flags == BranchFlag, BinaryPrimitives.ReadUInt16LittleEndian(Slice(page.Bytes, 10, 2).Span))
            : throw new InvalidDataException("a page is damaged");
    }

    private static BoltEntry Element(Page page, bool isBranch, int index)
    {
        var at = HeaderBytes + index * ElementBytes;
        var element = Slice(page.Bytes, at, ElementBytes).Span;
        if (isBranch)
        {
            var first = at + (long)BinaryPrimitives.ReadUInt32LittleEndian(element);
            return new(Slice(page.Bytes, first, BinaryPrimitives.ReadUInt32LittleEndian(element[4..])), default, page.At + first, IsBucket: false, BinaryPrimitives.ReadInt64LittleEndian(element[8..]));
        }
        var key = at + (long)BinaryPrimitives.ReadUInt32LittleEndian(element[4..]);
        long keySize = BinaryPrimitives.ReadUInt32LittleEndian(element[8..]), valueSize = BinaryPrimitives.ReadUInt32LittleEndian(element[12..]);
        return new(Slice(page.Bytes, key, keySize), Slice(page.Bytes, key + keySize, valueSize), page.At + key, (BinaryPrimitives.ReadUInt32LittleEndian(element) & BucketFlag) != 0, 0);
    }

    private (int PageSize, long Root) NewestMeta()
    {
        var first = Meta(0);
        var second = Meta(first?.PageSize ?? Environment.SystemPageSize);
        var newest = second is null || first?.Transaction >= second.Value.Transaction ? first : second;
        return newest is { } meta ? (meta.PageSize, meta.Root) : throw new InvalidDataException("it is no bbolt database");
    }

    private (int PageSize, long Root, ulong Transaction)? Meta(long offset)
    {
        var meta = new byte[HeaderBytes + 64];
        if (RandomAccess.Read(_file, meta, offset) < meta.Length || BinaryPrimitives.ReadUInt32LittleEndian(meta.AsSpan(HeaderBytes)) != Magic)
            return null;
        var fields = meta.AsSpan(HeaderBytes);
        var pageSize = BinaryPrimitives.ReadInt32LittleEndian(fields[8..]);
        if (pageSize is < 512 or > 1 << 20 || Fnv64(fields[..56]) != BinaryPrimitives.ReadUInt64LittleEndian(fields[56..]))
            return null;
        return (pageSize, BinaryPrimitives.ReadInt64LittleEndian(fields[16..]), BinaryPrimitives.ReadUInt64LittleEndian(fields[48..]));
    }

    private Page ReadPage(long id)
    {
        var header = new byte[HeaderBytes];
        var offset = checked(id * _pageSize);
        if (id < 2 || RandomAccess.Read(_file, header, offset) < header.Length || BinaryPrimitives.ReadInt64LittleEndian(header) != id)
            throw new InvalidDataException($"page {id} is damaged");
        var bytes = (BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(12)) + 1L) * _pageSize;
        if (offset + bytes > RandomAccess.GetLength(_file))
            throw new InvalidDataException($"page {id} is cut off");
        var page = new byte[bytes];
        for (var read = 0; read < page.Length;)
            read += RandomAccess.Read(_file, page.AsSpan(read), offset + read) is > 0 and var more ? more : throw new InvalidDataException($"page {id} is cut off");
        return new(page, offset);
    }

    private static ReadOnlyMemory<byte> Slice(ReadOnlyMemory<byte> page, long start, long length) =>
        start + length <= page.Length ? page.Slice((int)start, (int)length) : throw new InvalidDataException("a page is damaged");

    private static ulong Fnv64(ReadOnlySpan<byte> bytes)
    {
        var hash = 14695981039346656037UL;
        foreach (var b in bytes)
            hash = unchecked((hash ^ b) * 1099511628211UL);
        return hash;
    }

    /// <param name="Bytes">With its header, and the pages that it goes on for.</param>
    /// <param name="At">Where it begins in the file.</param>
    private readonly record struct Page(ReadOnlyMemory<byte> Bytes, long At);
}

/// <summary>An element of a page.</summary>
/// <param name="Key">In a branch page: the first key of the page below.</param>
/// <param name="Value">Empty in a branch page.</param>
/// <param name="KeyAt">Where the key begins in the file.</param>
/// <param name="IsBucket">Whether the value is a bucket.</param>
/// <param name="Child">In a branch page: the page below.</param>
internal readonly record struct BoltEntry(ReadOnlyMemory<byte> Key, ReadOnlyMemory<byte> Value, long KeyAt, bool IsBucket, long Child);
