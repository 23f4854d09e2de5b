using Ballast.ApiServer.Storage;
using Ballast.ApiServer.Storage.Caching;
using static Ballast.ApiServer.Tests.Storage.StorageTesting;

namespace Ballast.ApiServer.Tests.Storage;

public sealed class EtcdObjectStoreTests(SingleEtcd etcd) : ObjectStoreContract(etcd), IClassFixture<SingleEtcd>
{
    protected override IObjectStore Open(string prefix) => NewEtcdStore(Etcd.Client, prefix);

    [Fact]
    public async Task Watch_from_before_a_compaction_is_refused()
    {
        var store = Open(NewPrefix());
        var first = await store.CreateAsync("a/one", Json("one"), null, Cancel);
        var second = await store.UpdateAsync("a/one", first.Version, Json("one", "2"), null, Cancel);
        await Etcd.Client.KeyValues.CompactAsync(second.Version, Cancel);
        await FailsAsync(StorageError.Compacted, async () =>
        {
            await foreach (var _ in store.WatchAsync(new WatchQuery("", first.Version - 1), Cancel))
                Assert.Fail("no event may come before the gap");
        });
        await FailsAsync(StorageError.Compacted, () => store.ListAsync(new ListQuery("") { ExactVersion = first.Version }, Cancel));
    }
}

/// <summary>The cache once it is filled.</summary>
public sealed class CachedObjectStoreTests(SingleEtcd etcd) : ObjectStoreContract(etcd), IClassFixture<SingleEtcd>, IAsyncDisposable
{
    private readonly CachedStorage _storage = NewCachedStorage(etcd.Client);

    protected override IObjectStore Open(string prefix)
    {
        var store = _storage.Open(prefix, Resource);
        // A resource that cannot be listed never gets ready; its test does not need it to be.
        SpinWait.SpinUntil(() => _storage.NotReadyBecause is null, TimeSpan.FromSeconds(2));
        return store;
    }

    public ValueTask DisposeAsync() => _storage.DisposeAsync();
}
