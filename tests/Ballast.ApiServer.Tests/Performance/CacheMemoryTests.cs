using System.Text;
using Ballast.ApiServer.Storage;
using Ballast.ApiServer.Storage.Caching;
using Ballast.ApiServer.Tests.Storage;
using Ballast.Etcd;
using Microsoft.Extensions.Time.Testing;

namespace Ballast.ApiServer.Tests.Performance;

/// <summary>Memory grows by less than twice the encoded size of the objects held, the window of past changes included.</summary>
[Collection(nameof(Alone))]
public sealed class CacheMemoryTests
{
    private const int Objects = 20_000;
    private const string Root = "/registry/configmaps/";

    private static readonly string Payload = new('x', 1024);

    /// <param name="rounds">How often each object is written, all within the time that the window keeps.</param>
    /// <param name="selected">Whether a selector has looked at each.</param>
    [Theory]
    [InlineData(1, false)]
    [InlineData(1, true)]
    [InlineData(3, false)]
    [InlineData(3, true)]
    public void Objects_cost_less_than_twice_their_size(int rounds, bool selected)
    {
        _ = Hold(1, selected: true); // what the runtime makes once is made now
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var cache = Hold(rounds, selected);
        var grown = GC.GetTotalMemory(forceFullCollection: true) - before;

        var objects = cache.Current.Objects.Under("");
        var size = objects.Each().Sum(o => (long)o.Json.Length);
        Assert.Equal(Objects, objects.Count);
        Assert.InRange(grown, size, 2 * size);
    }

    private static ResourceCache Hold(int rounds, bool selected)
    {
        var cache = new ResourceCache(Root, new ResourceCacheMetrics(StorageTesting.NewMetrics(), StorageTesting.Resource), new FakeTimeProvider());
        var epoch = new object();
        cache.Restart(epoch);
        Assert.True(cache.TryJoin(new ObjectList([], 1, null, null), epoch));
        for (var i = 0; i < rounds * Objects; i++)
        {
            var (name, revision) = ($"object-{i % Objects:D6}", i + 2);
            var value = Encoding.UTF8.GetBytes($$$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"{{{name}}}","namespace":"ns"},"data":{"payload":"{{{Payload}}}"}}""");
            cache.Apply([new EtcdEvent(false, new EtcdKeyValue($"{Root}ns/{name}", value, revision, 2, i / Objects, 0), null)]);
        }
        if (selected)
            Assert.All(cache.Current.Objects.Under("").Each(), o => Assert.Empty(o.Attributes.Labels));
        return cache;
    }
}
