namespace Ballast.ApiServer.Storage;

public enum StorageError
{
    NotFound,
    KeyExists,
    Conflict,

    /// <summary>The revision asked for was compacted away.</summary>
    Compacted,

    /// <summary>The revision asked for has not happened yet, and did not within the time a read waits.</summary>
    TooLargeVersion,

    /// <summary>No etcd member of the list could serve it: nothing was written.</summary>
    Unavailable,

    /// <summary>The answer was lost: it may or may not have been written.</summary>
    Unknown,

    /// <summary>The reader of a watch fell so far behind that it was given up; it must list again.</summary>
    SlowWatcher,

    /// <summary>etcd holds something under the resource's prefix that is not a JSON object; the message names its key.</summary>
    Corrupt,
}

/// <summary>A storage operation's failure. <see cref="Current"/> is the object that a Conflict was lost to.</summary>
public sealed class StorageException(StorageError error, string message, Exception? inner = null) : Exception(message, inner)
{
    public StorageError Error { get; } = error;

    public StoredObject? Current { get; init; }

    /// <summary>Newest (TooLargeVersion) or oldest (Compacted) revision there is; 0 where unknown.</summary>
    public long Version { get; init; }
}
