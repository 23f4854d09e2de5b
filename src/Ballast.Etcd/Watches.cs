namespace Ballast.Etcd;

/// <param name="IsDelete">Whether the key was removed; then <see cref="KeyValue"/> has only its key and the removal's revision.</param>
/// <param name="KeyValue">The key after the change.</param>
/// <param name="Previous">The key before the change, where it was asked for and existed.</param>
public sealed record EtcdEvent(bool IsDelete, EtcdKeyValue KeyValue, EtcdKeyValue? Previous);

/// <param name="Events">Whole revisions, in order.</param>
/// <param name="Revision">The last revision among them.</param>
public sealed record EtcdEventBatch(IReadOnlyList<EtcdEvent> Events, long Revision);

/// <summary>
/// Changes as they happen. A watch outlives members: when its member fails, hangs, or loses its leader, it goes on at another with the next
/// revision, so that every change is seen once and in order.
/// </summary>
public interface IWatches
{
    /// <param name="range">Which keys.</param>
    /// <param name="startRevision">The first revision to see.</param>
    /// <param name="withPrevious">Send the key before the change too.</param>
    /// <param name="cancel">Ends the watch.</param>
    /// <exception cref="EtcdException"><see cref="EtcdError.Compacted"/>: changes from the start were forgotten; the caller must read anew.</exception>
    IAsyncEnumerable<EtcdEventBatch> WatchAsync(KeyRange range, long startRevision, bool withPrevious, CancellationToken cancel);
}
