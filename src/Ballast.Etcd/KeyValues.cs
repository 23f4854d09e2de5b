namespace Ballast.Etcd;

/// <summary>One key at one revision.</summary>
/// <param name="Key">Keys are text, as Kubernetes' are.</param>
/// <param name="Value">Empty for a deleted key.</param>
/// <param name="ModRevision">The revision of its last change.</param>
/// <param name="CreateRevision">The revision of its creation.</param>
/// <param name="Version">How many times it was written since its creation.</param>
/// <param name="Lease">0 for none.</param>
public sealed record EtcdKeyValue(string Key, ReadOnlyMemory<byte> Value, long ModRevision, long CreateRevision, long Version, long Lease);

/// <summary>Keys from <see cref="Start"/> up to, but without, <see cref="End"/>, in etcd's notation.</summary>
public readonly record struct KeyRange(string Start, string End)
{
    /// <summary>Every key there is.</summary>
    public static KeyRange All { get; } = new("\0", "\0");

    public static KeyRange Single(string key) => new(key, "");

    public static KeyRange Prefix(string prefix) => new(prefix, PrefixEnd(prefix));

    /// <summary>The first key after all that start with <paramref name="prefix"/>.</summary>
    public static string PrefixEnd(string prefix)
    {
        ArgumentException.ThrowIfNullOrEmpty(prefix);
        return string.Concat(prefix.AsSpan(0, prefix.Length - 1), [(char)(prefix[^1] + 1)]);
    }
}

/// <param name="Revision">Read the keys as they were then; 0 for now.</param>
/// <param name="Limit">Most keys to return; 0 for all.</param>
/// <param name="Serializable">Any member may answer from what it has, also without a quorum; else the answer is at least as new as every acknowledged write.</param>
/// <param name="CountOnly">Return no keys, only how many there are.</param>
public sealed record RangeOptions(long Revision = 0, long Limit = 0, bool Serializable = false, bool CountOnly = false);

/// <param name="KeyValues">In key order.</param>
/// <param name="Revision">The store's revision when it answered.</param>
/// <param name="Count">How many keys the range holds, whatever the limit.</param>
/// <param name="More">Whether the limit left some out.</param>
public sealed record RangeResult(IReadOnlyList<EtcdKeyValue> KeyValues, long Revision, long Count, bool More);

/// <param name="Succeeded">Whether the condition held and the write was made.</param>
/// <param name="Revision">The write's revision, or the store's when the condition did not hold.</param>
/// <param name="Current">When it did not hold: the key as it is, null where there is none.</param>
public sealed record TransactionResult(bool Succeeded, long Revision, EtcdKeyValue? Current);

/// <summary>
/// etcd's keys, read and written as Kubernetes does it. Reads go to another member when one fails. A write goes to another member only when it
/// surely was not carried out; when that is not known the call throws <see cref="EtcdError.Unknown"/>, and the caller must look.
/// Every call is bounded in time and throws <see cref="EtcdException"/>. Safe for concurrent use.
/// </summary>
public interface IKeyValues
{
    /// <summary>Null where there is no such key.</summary>
    Task<EtcdKeyValue?> GetAsync(string key, CancellationToken cancel, bool serializable = false);

    Task<RangeResult> RangeAsync(KeyRange range, RangeOptions options, CancellationToken cancel);

    /// <summary>A revision at least as new as every write acknowledged before the call.</summary>
    Task<long> CurrentRevisionAsync(CancellationToken cancel);

    /// <summary>Writes the key if there is none.</summary>
    Task<TransactionResult> CreateAsync(string key, ReadOnlyMemory<byte> value, long lease, CancellationToken cancel);

    /// <summary>Writes the key if its last change is <paramref name="modRevision"/>.</summary>
    Task<TransactionResult> PutIfModRevisionAsync(string key, long modRevision, ReadOnlyMemory<byte> value, long lease, CancellationToken cancel);

    /// <summary>Writes the key if it was written <paramref name="version"/> times since its creation (0: does not exist).</summary>
    Task<TransactionResult> PutIfVersionAsync(string key, long version, ReadOnlyMemory<byte> value, CancellationToken cancel);

    /// <summary>Removes the key if its last change is <paramref name="modRevision"/>.</summary>
    Task<TransactionResult> DeleteIfModRevisionAsync(string key, long modRevision, CancellationToken cancel);

    /// <summary>Forgets what was replaced before <paramref name="revision"/>.</summary>
    Task CompactAsync(long revision, CancellationToken cancel);
}
