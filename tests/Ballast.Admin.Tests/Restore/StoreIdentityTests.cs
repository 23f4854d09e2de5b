using System.Text;
using System.Text.Json;
using Ballast.Admin.Pki;
using Ballast.Admin.Restore;
using Ballast.Testing.Etcd;

namespace Ballast.Admin.Tests.Restore;

public sealed class StoreIdentityTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_snapshot_is_refused_where_it_is_of_another_cluster_with_another_CA_or_of_no_cluster()
    {
        await using var cluster = await EtcdCluster.StartAsync();
        using var etcd = cluster.CreateClient();
        var here = Authority("here");
        Assert.StartsWith("it holds no Kubernetes object", (await ReadAsync()).RefusalFor(null, here), StringComparison.Ordinal);

        await PutAsync("namespaces/kube-system", new { metadata = new { uid = "one" } });
        await PutAsync("configmaps/kube-system/kube-root-ca.crt", new { data = new Dictionary<string, string> { ["ca.crt"] = await File.ReadAllTextAsync(Authority("there"), Cancel) } });
        var snapshot = await ReadAsync();
        Assert.Equal(2, snapshot.Objects);
        var present = snapshot with { Uid = "two" };
        Assert.StartsWith("it is of another cluster (kube-system is one there, and two here), with another CA than ", snapshot.RefusalFor(present, here), StringComparison.Ordinal);
        Assert.StartsWith("it is of another cluster (kube-system is one there), with another CA than ", snapshot.RefusalFor(null, here), StringComparison.Ordinal);

        // The same cluster after its CA was rotated; new hosts that were given the old PKI.
        Assert.Null(snapshot.RefusalFor(snapshot, here));
        Assert.Null(snapshot.RefusalFor(present, Authority("there")));

        await etcd.KeyValues.CreateAsync("/registry/namespaces/kube-system/x", "k8s\0\n"u8.ToArray(), 0, Cancel);
        Assert.Null((await ReadAsync()).RefusalFor(snapshot, here));
        var current = await etcd.KeyValues.GetAsync("/registry/namespaces/kube-system", Cancel);
        await etcd.KeyValues.PutIfModRevisionAsync("/registry/namespaces/kube-system", current!.ModRevision, "k8s\0\n"u8.ToArray(), 0, Cancel);
        Assert.StartsWith("its objects are stored as protobuf", (await ReadAsync()).RefusalFor(null, here), StringComparison.Ordinal);

        Task<StoreIdentity> ReadAsync() => StoreIdentity.ReadAsync(etcd.KeyValues, "/registry", Cancel);

        Task PutAsync(string key, object document) => etcd.KeyValues.CreateAsync("/registry/" + key, Encoding.UTF8.GetBytes(JsonSerializer.Serialize(document)), 0, Cancel);
    }

    public void Dispose() => _folder.Dispose();

    private string Authority(string name)
    {
        var path = Path.Combine(_folder.Path, name);
        CertificateAuthority.LoadOrCreate(path, "kubernetes", KeyAlgorithm.EcdsaP256, TimeProvider.System).Dispose();
        return path + ".crt";
    }
}
