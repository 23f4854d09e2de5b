using Ballast.ApiMachinery.Objects;

namespace Ballast.ApiServer.Storage;

/// <summary>
/// All that one server keeps in etcd. One etcd watch feeds the caches of every resource that was opened; a resource may be opened
/// and closed at any time. Safe for concurrent use.
/// </summary>
public interface IStorage : IAsyncDisposable
{
    /// <summary>
    /// The objects below <paramref name="prefix"/> (<c>pods</c>, <c>services/specs</c>, <c>example.com/widgets</c>), behind a cache. Returns at once; until the cache is
    /// filled, reads go to etcd and watches wait. The same prefix gives the same store.
    /// </summary>
    /// <param name="prefix">Below <c>/registry/</c>; no slash at either end.</param>
    /// <param name="resource">For the metrics.</param>
    IObjectStore Open(string prefix, GroupResource resource);

    /// <summary>Forgets the cache of a resource that is no longer served; its watchers are ended with <see cref="StorageError.Compacted"/>.</summary>
    void Close(string prefix);

    /// <summary>Single keys, without a cache: what allocators keep.</summary>
    IRawStore Raw { get; }

    /// <summary>Null when every opened resource's cache is filled, else what it waits for. For <c>/readyz</c>.</summary>
    string? NotReadyBecause { get; }

    /// <summary>Asks etcd for a read that needs a quorum. Null when it answers, else why not. For <c>/healthz/etcd</c>.</summary>
    ValueTask<string?> ProbeAsync(CancellationToken cancel);
}

/// <param name="Value">As it was written.</param>
/// <param name="Version">The revision of its last change.</param>
public sealed record RawValue(ReadOnlyMemory<byte> Value, long Version);

/// <summary>
/// Single values under <c>/registry/</c>, as bytes of the caller's own format. Reads are linearizable; writes are single transactions and fail as
/// those of <see cref="IObjectStore"/> do (without <see cref="StorageException.Current"/>).
/// </summary>
public interface IRawStore
{
    /// <param name="key">Below <c>/registry/</c>: <c>ranges/serviceips</c>.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <returns>Null where there is no such key.</returns>
    Task<RawValue?> GetAsync(string key, CancellationToken cancel);

    /// <returns>The revision of the write.</returns>
    /// <exception cref="StorageException"><see cref="StorageError.KeyExists"/>.</exception>
    Task<long> CreateAsync(string key, ReadOnlyMemory<byte> value, CancellationToken cancel);

    /// <returns>The revision of the write.</returns>
    /// <exception cref="StorageException"><see cref="StorageError.Conflict"/> or <see cref="StorageError.NotFound"/>.</exception>
    Task<long> UpdateAsync(string key, long expectedVersion, ReadOnlyMemory<byte> value, CancellationToken cancel);
}
