using Ballast.ApiMachinery.Objects;
using Ballast.Etcd;

namespace Ballast.ApiServer.Storage;

internal sealed class EtcdRawStore(EtcdClient etcd, string root, StorageMetrics metrics) : IRawStore
{
    private static readonly GroupResource Metered = new("", "raw");

    public async Task<RawValue?> GetAsync(string key, CancellationToken cancel)
    {
        var found = await metrics.MeasureAsync("get", Metered, () => etcd.KeyValues.GetAsync(root + key, cancel));
        return found is null ? null : new RawValue(found.Value, found.ModRevision);
    }

    public async Task<long> CreateAsync(string key, ReadOnlyMemory<byte> value, CancellationToken cancel)
    {
        var result = await metrics.MeasureAsync("create", Metered, () => etcd.KeyValues.CreateAsync(root + key, value, lease: 0, cancel));
        return result.Succeeded ? result.Revision : throw new StorageException(StorageError.KeyExists, $"key {key} already exists");
    }

    public async Task<long> UpdateAsync(string key, long expectedVersion, ReadOnlyMemory<byte> value, CancellationToken cancel)
    {
        var result = await metrics.MeasureAsync("update", Metered, () => etcd.KeyValues.PutIfModRevisionAsync(root + key, expectedVersion, value, lease: 0, cancel));
        if (result.Succeeded)
            return result.Revision;
        throw result.Current is null
            ? new StorageException(StorageError.NotFound, $"key {key} not found")
            : new StorageException(StorageError.Conflict, $"key {key} is at {result.Current.ModRevision}, not at {expectedVersion}");
    }
}
