using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using Ballast.Client;
using Ballast.Integration.Tests.Clusters;
using k8s;
using k8s.Models;

namespace Ballast.Integration.Tests;

/// <summary>A cluster goes back to a snapshot, or comes back from a lost quorum, whenever the command dies; nobody sees a half of it, or a resourceVersion going back.</summary>
public sealed class RestoreTests(RestoreTests.Fixture fixture, ITestOutputHelper output) : IClassFixture<RestoreTests.Fixture>
{
    private static readonly string[] Hosts = ["control-plane-1", "control-plane-2", "control-plane-3"];

    private readonly TestCluster _cluster = fixture.Cluster;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_cluster_goes_back_to_a_snapshot_under_its_clients_also_where_the_command_is_killed_once()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        await RefusedAsync();
        await RestoreUnderClientsAsync(new Random(seed), kills: 1);
    }

    [Fact]
    [Trait("Category", "Long")]
    public async Task Whenever_the_command_is_killed_the_cluster_is_the_old_or_the_new_one()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (var round = 0; round < 8; round++)
        {
            await RestoreUnderClientsAsync(random, kills: random.Next(1, 4));
            await _cluster.KubectlAsync("delete", "configmaps", "--field-selector", "metadata.name!=kube-root-ca.crt");
        }
    }

    [Fact]
    public async Task After_the_quorum_is_lost_for_good_one_host_has_it_and_the_others_join_again()
    {
        await _cluster.KubectlAsync("create", "configmap", "kept");
        var revision = await RevisionAsync();
        await LoseAsync("control-plane-2", "control-plane-3");
        var seed = Environment.TickCount;
        var random = new Random(seed);
        output.WriteLine($"seed {seed}");
        await KilledAsync(random, "etcd", "recover", "--from", "control-plane-1", "--yes");
        (await _cluster.BallastAsync(TimeSpan.FromMinutes(3), "etcd", "recover", "--from", "control-plane-1", "--yes")).MustSucceed();

        await WholeAsync();
        Assert.True(await RevisionAsync() > revision + 1_000_000_000);
        await _cluster.KubectlAsync("get", "configmap", "kept");
        Assert.Contains("there is nothing to recover", (await _cluster.BallastAsync("etcd", "recover", "--from", "control-plane-1", "--yes")).MustSucceed().Output, StringComparison.Ordinal);
    }

    /// <summary>What cannot be restored is refused with the reason, and nothing is touched.</summary>
    private async Task RefusedAsync()
    {
        var good = await SnapshotAsync();
        var bytes = await File.ReadAllBytesAsync(good, Cancel);
        var (before, folders) = (await ProcessesAsync(), Hosts.SelectMany(Folders).ToList());
        await RefusedAsync([], "it is empty");
        await RefusedAsync(bytes[..^100], "it was cut off");
        bytes[bytes.Length / 2] ^= 1;
        await RefusedAsync(bytes, "its content is not what its hash says");
        var unconfirmed = await _cluster.BallastAsync("etcd", "snapshot", "restore", good);
        Assert.Equal(2, unconfirmed.Code);
        Assert.Contains("was not confirmed; nothing was touched", unconfirmed.Error, StringComparison.Ordinal);
        Assert.Equal(before, await ProcessesAsync());
        Assert.Equal(folders, Hosts.SelectMany(Folders));

        async Task RefusedAsync(byte[] content, string reason)
        {
            var file = Path.Combine(fixture.Folder, "bad.db");
            await File.WriteAllBytesAsync(file, content, Cancel);
            var refused = await _cluster.BallastAsync("etcd", "snapshot", "restore", file, "--yes");
            Assert.Equal(1, refused.Code);
            Assert.Contains($"{file} cannot be used: {reason}", refused.Error, StringComparison.Ordinal);
        }
    }

    private async Task RestoreUnderClientsAsync(Random random, int kills)
    {
        await using var clients = TimeTravellers.Start(_cluster.Kubeconfig);
        await TestCluster.EventuallyAsync(() => Task.FromResult(clients.Acknowledged.Count > 30), TimeSpan.FromSeconds(20), "the clients are at work");
        var token = (await _cluster.KubectlAsync("create", "token", "default")).Trim();
        var snapshot = await SnapshotAsync();
        var (taken, written) = (await SnapshotRevisionAsync(snapshot), clients.Acknowledged.Count);
        await TestCluster.EventuallyAsync(() => Task.FromResult(clients.Acknowledged.Count > written + 30), TimeSpan.FromSeconds(20), "more is written");
        var old = clients.Acknowledged[^1].ResourceVersion;
        var kept = Hosts.ToDictionary(h => h, Kept);

        for (var i = 0; i < kills && !IsFinished(snapshot); i++)
            await KilledAsync(random, "etcd", "snapshot", "restore", snapshot, "--yes");
        // Run again when it was over, it would be another restore.
        if (!IsFinished(snapshot))
            (await _cluster.BallastAsync(TimeSpan.FromMinutes(3), "etcd", "snapshot", "restore", snapshot, "--yes")).MustSucceed();

        var begins = await RevisionAsync();
        Assert.True(begins > old + 900_000_000);
        await TestCluster.EventuallyAsync(() => Task.FromResult(clients.Acknowledged.Any(a => a.ResourceVersion > begins)), TimeSpan.FromSeconds(30), "writes go on");
        await WholeAsync();
        await TheStateIsTheSnapshotsAsync(clients, taken);
        await OldWatchesAreToldAsync(old);
        Assert.Equal("system:serviceaccount:default:default", await WhoAmIAsync(token));
        Assert.All(Hosts, h => Assert.Equal(kept[h] + 1, Kept(h)));
        Assert.All(Hosts, h => Assert.DoesNotContain(Folders(h), f => f.Contains("/etcd.restored-", StringComparison.Ordinal)));
        Assert.Empty(clients.WentBack);
    }

    /// <summary>What was acknowledged up to the snapshot and since the restore is there, and nothing of what lies between; the informer knows the same.</summary>
    private async Task TheStateIsTheSnapshotsAsync(TimeTravellers clients, long taken)
    {
        using var client = ClientFactory.Create(_cluster.Kubeconfig, "test");
        await TestCluster.EventuallyAsync(async () =>
        {
            var all = await client.Resources<V1ConfigMap>().ListAsync(new ListScope("default"), Cancel);
            var known = clients.Followed;
            // It follows a state that moves on.
            return all.Items.Select(TimeTravellers.Text).Order(StringComparer.Ordinal).Count(i => !known.Contains(i)) <= 3 && known.Count <= all.Items.Count + 3;
        }, TimeSpan.FromSeconds(20), "the informer knows what there is");

        var acknowledged = clients.Acknowledged;
        var there = (await client.Resources<V1ConfigMap>().ListAsync(new ListScope("default"), Cancel)).Items.Select(m => m.Metadata.Name).ToHashSet();
        var since = acknowledged.Where(a => a.ResourceVersion > taken + 500_000_000).ToList();
        var between = acknowledged.Where(a => a.ResourceVersion > taken && a.ResourceVersion <= taken + 500_000_000).ToList();
        Assert.NotEmpty(between);
        Assert.All(acknowledged.Where(a => a.ResourceVersion <= taken).Concat(since), a => Assert.Contains(a.Name, there));
        Assert.All(between, a => Assert.DoesNotContain(a.Name, there));
        Assert.All(between, a => Assert.DoesNotContain(clients.Followed, f => f.StartsWith(a.Name + " ", StringComparison.Ordinal)));
    }

    private async Task OldWatchesAreToldAsync(long resourceVersion)
    {
        using var client = ClientFactory.Create(_cluster.Kubeconfig, "test");
        await Assert.ThrowsAsync<WatchExpiredException>(async () =>
        {
            await foreach (var _ in client.Resources<V1ConfigMap>().WatchAsync(new ListScope("default"), resourceVersion.ToString(CultureInfo.InvariantCulture), TimeSpan.FromSeconds(20), Cancel))
                break;
        });
    }

    /// <summary>Every member, API server and host runs, and no two members differ.</summary>
    private async Task WholeAsync()
    {
        await TestCluster.EventuallyAsync(async () => (await _cluster.StatusAsync())["problems"]!.AsArray().Count == 0, TimeSpan.FromSeconds(60), "nothing is wrong");
        var members = (await _cluster.EtcdctlAsync("member", "list")).MustSucceed().Lines;
        Assert.Equal(3, members.Length);
        Assert.All(members, m => Assert.Contains("started", m, StringComparison.Ordinal));
    }

    private IEnumerable<string> Folders(string host) => Directory.EnumerateDirectories(Path.Combine(_cluster.HostFolder(host), "var/lib")).Order(StringComparer.Ordinal);

    private int Kept(string host) => Folders(host).Count(f => f.Contains("/etcd.before-", StringComparison.Ordinal));

    private bool IsFinished(string snapshot) => File.Exists(InFolder("restored.json")) && File.ReadAllText(InFolder("restored.json")).Contains(snapshot, StringComparison.Ordinal);

    private string InFolder(string file) => Path.Combine(_cluster.HostFolder(Hosts[0]), "../..", file);

    /// <summary>At a random moment: half of them before the way back is closed, half after.</summary>
    private async Task KilledAsync(Random random, params string[] arguments)
    {
        var journal = InFolder("restore.json");
        var (after, wait) = (random.Next(2) == 0, TimeSpan.FromSeconds(8) * random.NextDouble());
        var killed = await _cluster.BallastKilledWhenAsync(MomentAsync(), arguments);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{(killed ? "killed" : "not killed")} {wait.TotalSeconds:0.00} s after {(after ? "the journal" : "the start")}; the journal is {(File.Exists(journal) ? "there" : "not there")}"));

        async Task MomentAsync()
        {
            while (after && !File.Exists(journal))
                await Task.Delay(20, Cancel);
            await Task.Delay(wait, Cancel);
        }
    }

    /// <summary>Their power goes, and their disks with it.</summary>
    private async Task LoseAsync(params string[] hosts)
    {
        foreach (var host in hosts)
        {
            (await _cluster.BallastAsync("node", "kill", host)).MustSucceed();
            Directory.Delete(Path.Combine(_cluster.HostFolder(host), "var/lib/etcd"), recursive: true);
        }
    }

    /// <summary>By etcdctl, whose snapshots are taken as they are.</summary>
    private async Task<string> SnapshotAsync()
    {
        var file = Path.Combine(fixture.Folder, $"{Guid.NewGuid():N}.db");
        var member = (string)(await _cluster.StatusAsync())["etcd"]![0]!["endpoint"]!;
        var pki = Path.Combine(_cluster.HostFolder(Hosts[0]), "etc/kubernetes/pki/etcd");
        (await Shell.RunAsync("etcdctl", [$"--endpoints={member}", $"--cacert={pki}/ca.crt", $"--cert={pki}/server.crt", $"--key={pki}/server.key", "snapshot", "save", file])).MustSucceed();
        return file;
    }

    private static async Task<long> SnapshotRevisionAsync(string file) =>
        (long)System.Text.Json.Nodes.JsonNode.Parse((await Shell.RunAsync("etcdctl", ["snapshot", "status", file, "-w", "json"])).MustSucceed().Output)!["revision"]!;

    private async Task<long> RevisionAsync() =>
        long.Parse(System.Text.Json.Nodes.JsonNode.Parse(await _cluster.KubectlAsync("get", "--raw", "/api/v1/namespaces?limit=1"))!["metadata"]!["resourceVersion"]!.ToString(), CultureInfo.InvariantCulture);

    private async Task<string[]> ProcessesAsync() =>
        [.. (await _cluster.StatusAsync())["hosts"]!.AsArray().SelectMany(h => h!["components"]!.AsArray().Select(c => $"{h["name"]} {c!["name"]} {c["processId"]}"))];

    private async Task<string> WhoAmIAsync(string token)
    {
        var config = KubernetesClientConfiguration.BuildConfigFromConfigFile(_cluster.Kubeconfig);
        using var handler = new SocketsHttpHandler { UseProxy = false };
        handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        handler.SslOptions.CertificateChainPolicy.CustomTrustStore.AddRange(config.SslCaCerts);
        using var http = new HttpClient(handler) { BaseAddress = new Uri(config.Host) };
        http.DefaultRequestHeaders.Authorization = new("Bearer", token);
        using var body = new StringContent("""{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}""", new MediaTypeHeaderValue("application/json"));
        using var answer = await http.PostAsync(new Uri("/apis/authentication.k8s.io/v1/selfsubjectreviews", UriKind.Relative), body, Cancel);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        return (string)System.Text.Json.Nodes.JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancel))!["status"]!["userInfo"]!["username"]!;
    }

    /// <summary>One small cluster for all of these, which leave it whole.</summary>
    public sealed class Fixture : IAsyncLifetime
    {
        public TestCluster Cluster { get; private set; } = null!;

        /// <summary>For snapshots.</summary>
        public string Folder { get; } = Directory.CreateTempSubdirectory("ballast-restore-").FullName;

        public async ValueTask InitializeAsync() => Cluster = await TestCluster.UpAsync("--workers", "0");

        public async ValueTask DisposeAsync()
        {
            Directory.Delete(Folder, recursive: true);
            await Cluster.DisposeAsync();
        }
    }
}
