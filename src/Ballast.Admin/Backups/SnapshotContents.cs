using System.Buffers.Binary;
using System.Text;
using Ballast.Admin.Clusters;
using Google.Protobuf;
using Mvccpb;

namespace Ballast.Admin.Backups;

/// <summary>
/// What a snapshot holds, read from its bytes alone, so that what etcd makes of it can be compared with it. Every change is an entry of the bucket <c>key</c>, under its
/// revision (8 bytes, <c>_</c>, 8 bytes for its place in the transaction, and a <c>t</c> where it is a deletion).
/// </summary>
public sealed class SnapshotContents
{
    private const string Keys = "key";
    private const string Meta = "meta";
    private const int DeletionBytes = 18;

    private readonly string _path;

    // The newest revision of every key that is there.
    private readonly SortedDictionary<string, byte[]> _revisions;

    private SnapshotContents(string path, long revision, SortedDictionary<string, byte[]> revisions) => (_path, Revision, _revisions) = (path, revision, revisions);

    /// <summary>The store's revision.</summary>
    public long Revision { get; }

    /// <summary>How many keys there are at that revision.</summary>
    public int Count => _revisions.Count;

    /// <summary>Their names, in the order of their bytes, a character for each: another program's keys need not be text.</summary>
    public IReadOnlyCollection<string> Names => _revisions.Keys;

    /// <param name="path">A file that <see cref="SnapshotFile.CheckAsync"/> takes.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="ClusterException">It is not etcd's.</exception>
    public static SnapshotContents Read(string path, CancellationToken cancel)
    {
        var revisions = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        long newest = 1;
        OnDatabase(path, file =>
        {
            foreach (var entry in file.Entries(Keys))
            {
                cancel.ThrowIfCancellationRequested();
                newest = Math.Max(newest, BinaryPrimitives.ReadInt64BigEndian(entry.Key.Span));
                var key = NameOf(KeyValue.Parser.ParseFrom(entry.Value.Span));
                if (entry.Key.Length == DeletionBytes)
                    revisions.Remove(key);
                else
                    revisions[key] = entry.Key.ToArray();
            }
            // Where all that was newest has been deleted and forgotten, only this is left of it.
            foreach (var entry in file.Entries(Meta).Where(e => e.Key.Span.SequenceEqual("finishedCompactRev"u8)))
                newest = Math.Max(newest, BinaryPrimitives.ReadInt64BigEndian(entry.Value.Span));
        });
        return new(path, newest, revisions);
    }

    /// <summary>The values of these keys and the revisions of their last change, those that hang on leases left out: they may be gone at any moment.</summary>
    public IReadOnlyDictionary<string, (ReadOnlyMemory<byte> Value, long ModRevision)> ValuesOf(IEnumerable<string> names)
    {
        var wanted = names.Select(n => Convert.ToHexString(_revisions[n])).ToHashSet();
        var found = new Dictionary<string, (ReadOnlyMemory<byte>, long)>();
        OnDatabase(_path, file =>
        {
            foreach (var stored in file.Entries(Keys).Where(e => wanted.Contains(Convert.ToHexString(e.Key.Span))))
            {
                var entry = KeyValue.Parser.ParseFrom(stored.Value.Span);
                if (entry.Lease == 0)
                    found[NameOf(entry)] = (entry.Value.Memory, entry.ModRevision);
            }
        });
        return found;
    }

    private static string NameOf(KeyValue entry) => Encoding.Latin1.GetString(entry.Key.Span);

    private static void OnDatabase(string path, Action<BoltFile> read)
    {
        try
        {
            using var file = BoltFile.Open(path);
            read(file);
        }
        catch (Exception damaged) when (damaged is InvalidDataException or InvalidProtocolBufferException or ArgumentOutOfRangeException)
        {
            throw new ClusterException($"{path} cannot be used: it is no etcd database: {damaged.Message}") { Hint = "take another snapshot; nothing was touched" };
        }
    }
}
