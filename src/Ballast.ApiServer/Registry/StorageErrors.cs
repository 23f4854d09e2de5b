using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Storage;

namespace Ballast.ApiServer.Registry;

/// <summary>What a client gets when storage fails.</summary>
public static class StorageErrors
{
    extension(StorageException failure)
    {
        /// <param name="resource">What was asked for.</param>
        /// <param name="name">Its name; may be empty.</param>
        /// <param name="askedVersion">The resourceVersion the request named, where it did.</param>
        public StatusException ToStatus(GroupResource resource, string name, long askedVersion = 0) => failure.Error switch
        {
            StorageError.NotFound => StatusException.NotFound(resource, name),
            StorageError.KeyExists => StatusException.AlreadyExists(resource, name),
            StorageError.Conflict => StatusException.Modified(resource, name),
            StorageError.Compacted => StatusException.Expired("The resourceVersion for the provided list is too old."),
            StorageError.TooLargeVersion => StatusException.TooLargeResourceVersion(askedVersion, failure.Version),
            StorageError.Unavailable => StatusException.ServiceUnavailable($"etcd is not available, nothing was written: {failure.Message}"),
            StorageError.Unknown => StatusException.Timeout($"etcd did not answer, the request may or may not have been carried out: {failure.Message}"),
            _ => StatusException.Internal(failure.Message),
        };
    }
}
