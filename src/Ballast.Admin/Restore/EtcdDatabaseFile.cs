using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Ballast.Admin.Backups;
using Microsoft.Win32.SafeHandles;

namespace Ballast.Admin.Restore;

/// <summary>
/// The database of a member, <c>member/snap/db</c>, read without etcd. Keys of the bucket <c>key</c> are revisions (main number, <c>_</c>, sub number, and <c>t</c> where the
/// change is a deletion), so the last one is the newest. A file that a member has open may be read too: pages are never changed in place. It then is a moment behind.
/// </summary>
internal sealed partial class EtcdDatabaseFile(string path)
{
    private const string Keys = "key";
    private const int RevisionBytes = 17;
    private const byte Deletion = (byte)'t';

    /// <summary>Below a member's data folder.</summary>
    public static string In(string data) => Path.Combine(data, "member", "snap", "db");

    /// <summary>The newest revision in it.</summary>
    /// <exception cref="InvalidDataException">It is no database of etcd, or a member was just changing it.</exception>
    public long Revision()
    {
        using var file = new BoltFile(OpenToRead());
        // A compaction may have removed the newest change, where that was a deletion.
        var compacted = file.Entries("meta").Where(e => e.Key.Span.SequenceEqual("finishedCompactRev"u8) || e.Key.Span.SequenceEqual("scheduledCompactRev"u8)).Select(e => Main(e.Value));
        return file.WayToLast(Keys).TakeLast(1).Select(e => Main(e.Key)).Concat(compacted).DefaultIfEmpty().Max();
    }

    /// <summary>Gives the newest change a higher revision. False, and nothing is changed, where that is not the deletion of <paramref name="key"/>. No member may have it open.</summary>
    public bool MoveDeletion(string key, long revision)
    {
        using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        using var file = new BoltFile(handle);
        var way = file.WayToLast(Keys);
        if (way is not [.., var newest] || newest.Key.Length != RevisionBytes + 1 || newest.Key.Span[^1] != Deletion || !newest.Value.Span.SequenceEqual(Written(key)))
            return false;
        if (revision <= Main(newest.Key))
            throw new ArgumentOutOfRangeException(nameof(revision), $"the newest change is at {Main(newest.Key)}");
        var main = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(main, revision);
        // Where it is the first of its page, the pages above say so too.
        foreach (var element in way.Where(e => e.Key.Span.SequenceEqual(newest.Key.Span)))
            RandomAccess.Write(handle, main, element.KeyAt);
        RandomAccess.FlushToDisk(handle);
        return true;
    }

    /// <summary>What etcd keeps of a deletion: a KeyValue message with the key alone.</summary>
    private static byte[] Written(string key) => [0x0A, checked((byte)key.Length), .. Encoding.ASCII.GetBytes(key)];

    private static long Main(ReadOnlyMemory<byte> revision) =>
        revision.Length >= RevisionBytes ? BinaryPrimitives.ReadInt64BigEndian(revision.Span) : throw new InvalidDataException("a key of the database is no revision");

    /// <summary>Without a lock, which the runtime would take: a member holds one as long as it runs.</summary>
    private SafeFileHandle OpenToRead()
    {
        const int readOnlyCloseOnExec = 0x80000;
        var handle = new SafeFileHandle(OpenFile(path, readOnlyCloseOnExec), ownsHandle: true);
        return handle.IsInvalid ? throw new FileNotFoundException($"{path} cannot be read: {Marshal.GetLastPInvokeErrorMessage()}") : handle;
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenFile(string path, int flags);
}
