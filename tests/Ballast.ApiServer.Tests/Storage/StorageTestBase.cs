using System.Text;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Storage;
using Ballast.ApiServer.Storage.Caching;
using Ballast.Etcd;
using Ballast.Testing.Etcd;
using Microsoft.Extensions.Logging.Abstractions;
using Prometheus;

namespace Ballast.ApiServer.Tests.Storage;

/// <summary>One etcd member for all tests of a class; each test has a prefix of its own.</summary>
public sealed class SingleEtcd : IAsyncLifetime
{
    public EtcdCluster Cluster { get; private set; } = null!;

    public EtcdClient Client { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Cluster = await EtcdCluster.StartAsync();
        Client = Cluster.CreateClient();
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Cluster.DisposeAsync();
    }
}

/// <summary>What storage tests say again and again.</summary>
internal static class StorageTesting
{
    public const string Root = "/registry/";

    public static GroupResource Resource { get; } = new("", "configmaps");

    public static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static StorageMetrics NewMetrics() => new(Metrics.NewCustomRegistry());

    public static CachedStorage NewCachedStorage(EtcdClient etcd, TimeProvider? time = null) =>
        new(etcd, Root, TimeSpan.FromMinutes(5), NewMetrics(), time ?? TimeProvider.System, NullLoggerFactory.Instance);

    public static EtcdObjectStore NewEtcdStore(EtcdClient etcd, string prefix, TimeProvider? time = null) =>
        new(etcd, new SharedLeases(etcd.Leases, TimeProvider.System), $"{Root}{prefix}/", Resource, NewMetrics(), time ?? TimeProvider.System);

    public static string NewPrefix() => "t" + Guid.NewGuid().ToString("N");

    public static byte[] Json(string name, string value = "", string label = "") => Encoding.UTF8.GetBytes(
        $$$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"{{{name}}}","labels":{"app":"{{{label}}}"}},"data":{"value":"{{{value}}}"}}""");

    public static string ValueOf(StoredObject? found) => found!.ToDocument()["data"]!["value"]!.GetValue<string>();

    public static string VersionIn(StoredObject? found) => found!.ToDocument()["metadata"]!["resourceVersion"]!.GetValue<string>();

    public static Func<StoredObject, bool> Labelled(string label) => o => o.Attributes.Labels["app"] == label;

    public static async Task<StorageException> FailsAsync(StorageError error, Func<Task> call)
    {
        var failure = await Assert.ThrowsAsync<StorageException>(call);
        Assert.Equal(error, failure.Error);
        return failure;
    }

    /// <summary>The next events, or a failure where one does not come within <paramref name="seconds"/>.</summary>
    public static async Task<List<WatchEvent>> NextAsync(this IAsyncEnumerator<WatchEvent> watch, int count, int seconds = 20)
    {
        var events = new List<WatchEvent>();
        while (events.Count < count)
        {
            Assert.True(await watch.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(seconds), Cancel), $"the watch ended after {events.Count} events");
            events.Add(watch.Current);
        }
        return events;
    }

    public static async Task WaitUntilReadyAsync(this IStorage storage)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        timeout.CancelAfter(TimeSpan.FromSeconds(20));
        while (storage.NotReadyBecause is not null)
            await Task.Delay(5, timeout.Token);
    }
}
