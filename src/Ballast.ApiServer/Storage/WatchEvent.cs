using System.Buffers;

namespace Ballast.ApiServer.Storage;

public enum WatchEventType
{
    Added,
    Modified,
    Deleted,
    Bookmark,
}

/// <param name="Type">What happened, as the watcher's predicate sees it.</param>
/// <param name="Object">The object after the change; for Deleted its last state, at the revision of the removal; null for Bookmark.</param>
/// <param name="Version">The revision of the change.</param>
public readonly record struct WatchEvent(WatchEventType Type, StoredObject? Object, long Version)
{
    /// <summary>True on the one bookmark that ends the initial objects.</summary>
    public bool InitialEventsEnd { get; init; }

    /// <summary>
    /// Writes the event as a watch sends it, line end included. The object's bytes are those every watcher shares: nothing is encoded here.
    /// </summary>
    /// <exception cref="InvalidOperationException">A bookmark: its object is the caller's, who knows the kind.</exception>
    public void WriteTo(IBufferWriter<byte> output)
    {
        if (Object is null)
            throw new InvalidOperationException("a bookmark has no stored object");
        output.Write(Type switch
        {
            WatchEventType.Added => "{\"type\":\"ADDED\",\"object\":"u8,
            WatchEventType.Modified => "{\"type\":\"MODIFIED\",\"object\":"u8,
            WatchEventType.Deleted => "{\"type\":\"DELETED\",\"object\":"u8,
            _ => throw new InvalidOperationException($"no watch event type {Type}"),
        });
        output.Write(Object.Json.Span);
        output.Write("}\n"u8);
    }
}
