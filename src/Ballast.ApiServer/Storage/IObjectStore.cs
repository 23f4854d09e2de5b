namespace Ballast.ApiServer.Storage;

/// <summary>
/// The objects of one resource. Two implementations keep this contract, and one suite tests both: the etcd store, and the watch
/// cache in front of it.
/// <list type="bullet">
/// <item>Every write is one etcd transaction: it happened, or it did not. When the answer is lost, and cannot be found out by asking again, the call throws
/// <see cref="StorageException"/> with <see cref="StorageError.Unknown"/>: the write may or may not have happened.</item>
/// <item>A write that returned is seen by every later read with <see cref="ReadConsistency.Linearizable"/>, on any server.</item>
/// <item>Watch events come in revision order, none twice, none left out; each object's bytes are those that a get at that revision gives.</item>
/// <item>Not promised: that a read with <see cref="ReadConsistency.Any"/> sees the caller's own last write.</item>
/// </list>
/// Safe for concurrent use.
/// </summary>
public interface IObjectStore
{
    /// <summary>Newest revision this store has seen; 0 before the first.</summary>
    long Revision { get; }

    /// <param name="key">Below the resource's prefix: <c>ns/name</c>, or <c>name</c> for cluster-scoped objects.</param>
    /// <param name="json">The object without <c>metadata.resourceVersion</c>.</param>
    /// <param name="ttl">Whole seconds until etcd forgets the object; null for never.</param>
    /// <param name="cancel">Ends the wait, not the write.</param>
    /// <exception cref="StorageException"><see cref="StorageError.KeyExists"/>.</exception>
    Task<StoredObject> CreateAsync(string key, ReadOnlyMemory<byte> json, TimeSpan? ttl, CancellationToken cancel);

    /// <summary>Replaces the object if it still is at <paramref name="expectedVersion"/>.</summary>
    /// <exception cref="StorageException"><see cref="StorageError.Conflict"/> with the object as it is now, or <see cref="StorageError.NotFound"/>.</exception>
    Task<StoredObject> UpdateAsync(string key, long expectedVersion, ReadOnlyMemory<byte> json, TimeSpan? ttl, CancellationToken cancel);

    /// <summary>Removes the object if it still is at <paramref name="expectedVersion"/>. Returns the revision of the removal.</summary>
    /// <exception cref="StorageException"><see cref="StorageError.Conflict"/> with the object as it is now, or <see cref="StorageError.NotFound"/>.</exception>
    Task<long> DeleteAsync(string key, long expectedVersion, CancellationToken cancel);

    Task<StoredObject?> GetAsync(string key, ReadConsistency consistency, CancellationToken cancel);

    /// <exception cref="StorageException"><see cref="StorageError.Compacted"/> or <see cref="StorageError.TooLargeVersion"/>.</exception>
    Task<ObjectList> ListAsync(ListQuery query, CancellationToken cancel);

    /// <summary>
    /// Changes after <see cref="WatchQuery.SinceVersion"/>. The stream ends when <paramref name="cancel"/> fires, when the server stops, or
    /// with a <see cref="StorageException"/>: <see cref="StorageError.Compacted"/> where the start is no longer kept,
    /// <see cref="StorageError.SlowWatcher"/> where the reader fell too far behind.
    /// </summary>
    IAsyncEnumerable<WatchEvent> WatchAsync(WatchQuery query, CancellationToken cancel);
}

/// <summary>How fresh a read must be.</summary>
public enum ReadConsistency
{
    /// <summary>At least as new as every write that was answered before the read began.</summary>
    Linearizable,

    /// <summary>Whatever this server has; <c>resourceVersion=0</c>. Answers also when etcd has no quorum.</summary>
    Any,
}

/// <summary>Which objects, and from when.</summary>
/// <param name="Prefix">Empty for all, or <c>ns/</c>.</param>
public sealed record ListQuery(string Prefix)
{
    public ReadConsistency Consistency { get; init; }

    /// <summary>Not older than this revision (0: no bound).</summary>
    public long MinimumVersion { get; init; }

    /// <summary>Exactly this revision; null for the newest that the other two allow.</summary>
    public long? ExactVersion { get; init; }

    /// <summary>Only objects it accepts count towards <see cref="Limit"/>; null accepts all.</summary>
    public Func<StoredObject, bool>? Predicate { get; init; }

    /// <summary>Most objects to return; 0 for all.</summary>
    public int Limit { get; init; }

    /// <summary>No key before this one is returned; <see cref="ObjectList.NextKey"/> of the page before, below the resource's prefix; null to begin at the start.</summary>
    public string? StartKey { get; init; }
}

/// <summary>Objects in key order, as they were at one revision.</summary>
/// <param name="Objects">In key order.</param>
/// <param name="Version">The revision of the whole list.</param>
/// <param name="NextKey">Where the next page starts; null on the last.</param>
/// <param name="Remaining">How many follow; null where counting them would mean reading them (a predicate was given).</param>
public sealed record ObjectList(IReadOnlyList<StoredObject> Objects, long Version, string? NextKey, long? Remaining);

/// <param name="Prefix">Empty for all, <c>ns/</c>, or a whole key.</param>
/// <param name="SinceVersion">Events newer than this are sent; null starts with one <see cref="WatchEventType.Added"/> for each object there is.</param>
public sealed record WatchQuery(string Prefix, long? SinceVersion)
{
    /// <summary>A change that makes an object match is sent as Added, one that makes it stop matching as Deleted; null matches all.</summary>
    public Func<StoredObject, bool>? Predicate { get; init; }

    /// <summary>Send a <see cref="WatchEventType.Bookmark"/> now and then (about once a minute).</summary>
    public bool Bookmarks { get; init; }

    /// <summary>Send one also when the watch is this old: shortly before its end. Null for no such.</summary>
    public TimeSpan? BookmarkAfter { get; init; }

    /// <summary>After the objects there are, send the bookmark that says so (<c>k8s.io/initial-events-end</c>).</summary>
    public bool SendInitialEventsEnd { get; init; }

    /// <summary>With <see cref="SendInitialEventsEnd"/> or no start version: the initial objects are at least this new.</summary>
    public ReadConsistency Consistency { get; init; } = ReadConsistency.Any;

    /// <summary>With no start version: the initial objects are not older than this revision (0: no bound).</summary>
    public long MinimumVersion { get; init; }
}
