using Ballast.Etcd;

namespace Ballast.ApiServer.Storage;

/// <summary>etcd's failures in storage's terms.</summary>
internal static class EtcdErrors
{
    public static StorageException ToStorage(this EtcdException e) => e.Error switch
    {
        EtcdError.Compacted => new StorageException(StorageError.Compacted, e.Message, e) { Version = e.CompactRevision },
        EtcdError.FutureRevision => new StorageException(StorageError.TooLargeVersion, e.Message, e),
        EtcdError.Unknown => new StorageException(StorageError.Unknown, e.Message, e),
        _ => new StorageException(StorageError.Unavailable, e.Message, e),
    };
}
