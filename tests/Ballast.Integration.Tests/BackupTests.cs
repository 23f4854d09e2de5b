using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Ballast.Integration.Tests.Clusters;

namespace Ballast.Integration.Tests;

/// <summary>Backups on a schedule: by one elected controller, each there once and proven to restore, whoever dies.</summary>
[Collection(OneCluster.Name)]
public sealed class BackupTests(ClusterFixture fixture) : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    private readonly string _folder = Directory.CreateTempSubdirectory("ballast-backups-").FullName;

    private TestCluster Cluster => fixture.Cluster;

    private string Target => Path.Combine(_folder, "target");

    private string Key => Path.Combine(_folder, "key");

    public async ValueTask InitializeAsync()
    {
        await File.WriteAllTextAsync(Key, "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
        File.SetUnixFileMode(Key, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    public async ValueTask DisposeAsync()
    {
        await Cluster.BallastAsync("etcd", "snapshot", "schedule", "--remove");
        await TestCluster.EventuallyAsync(async () => !(await Cluster.KubectlAsync("get", "pods", "-n", "kube-system", "-o", "name")).Contains("backup-controller", StringComparison.Ordinal), Patience, "the controllers end");
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_scheduled_backup_is_there_once_and_proven_although_its_leader_is_killed()
    {
        // Once a year: the last time is made up, and no other comes meanwhile.
        var scheduled = await Cluster.BallastAsync("etcd", "snapshot", "schedule", "30 2 1 1 *", "--target", Target, "--key", Key);
        Assert.Contains("The first is taken at once.", scheduled.MustSucceed().Output, StringComparison.Ordinal);
        await TestCluster.EventuallyAsync(() => Task.FromResult(Directory.Exists(Target) && Directory.EnumerateFiles(Target).Any()), Patience, "a leader begins to write");
        await Cluster.BallastAsync("component", "kill", $"backup-controller@{await Cluster.LeaderHostAsync("backup-controller")}");

        var backup = await TestCluster.EventuallyAsync(async () => (await ListAsync()).SingleOrDefault(b => (string)b!["verdict"]! != "unproven"), Patience, "the backup is proven");
        Assert.Equal($"snapshot-{DateTime.UtcNow.Year}0101T023000Z", (string)backup["name"]!);
        Assert.Equal("proven", (string)backup["verdict"]!);
        Assert.True((int)backup["keys"]! > 100 && (long)backup["revision"]! > 100, backup.ToJsonString());
        await TestCluster.EventuallyAsync(async () => (await Cluster.KubectlAsync("get", "events", "-n", "kube-system", "--field-selector", "involvedObject.kind=Lease,involvedObject.name=backup-controller"))
            .Contains("BackupProven", StringComparison.Ordinal), Patience, "the verdict is told by an event");
        await TestCluster.EventuallyAsync(async () => (await MetricsAsync()).Any(m => m.Contains("\nballast_backup_last_verdict 1\n", StringComparison.Ordinal)), Patience, "the verdict is a metric");

        await ItMayDoNothingElseAsync();
        await OpensAsync((string)backup["pki"]!);
        await DamageIsFoundAsync((string)backup["name"]!, Path.Combine(Target, (string)backup["file"]!));
    }

    private async Task ItMayDoNothingElseAsync()
    {
        string[] own = [$"--kubeconfig={Cluster.HostFolder("control-plane-1")}/etc/kubernetes/backup-controller.conf", "-n", "kube-system"];
        Assert.Contains("ballast:backup-controller", await Cluster.KubectlAsync([.. own, "auth", "whoami"]), StringComparison.Ordinal);
        Assert.Equal("yes", (await Cluster.TryKubectlAsync([.. own, "auth", "can-i", "update", "leases/backup-controller"])).Output.Trim());
        foreach (var more in (string[][])[["get", "secrets"], ["update", "leases/kube-scheduler"], ["list", "pods"]])
            Assert.Equal("no", (await Cluster.TryKubectlAsync([.. own, "auth", "can-i", .. more])).Output.Trim());
    }

    private async Task OpensAsync(string pki)
    {
        var opened = Path.Combine(_folder, "opened");
        (await Shell.RunAsync(TestCluster.Program, ["etcd", "snapshot", "pki", Path.Combine(Target, pki), "--key", Key, "--to", opened])).MustSucceed();
        foreach (var file in (string[])["ca.key", "sa.key", "etcd/ca.crt"])
        {
            Assert.Equal(await File.ReadAllTextAsync(Path.Combine(Cluster.HostFolder("control-plane-1"), "etc/kubernetes/pki", file), TestContext.Current.CancellationToken),
                await File.ReadAllTextAsync(Path.Combine(opened, "etc/kubernetes/pki", file), TestContext.Current.CancellationToken));
        }
    }

    private async Task DamageIsFoundAsync(string name, string file)
    {
        var good = Path.Combine(_folder, "good.db");
        File.Copy(file, good);
        var proven = await Cluster.BallastAsync("etcd", "snapshot", "verify", good);
        Assert.Matches(@"^proven: \d+ keys at revision \d+; \d\d+ objects are served as they were stored\n$", proven.MustSucceed().Output);

        await using (var bytes = File.OpenWrite(file))
        {
            bytes.Position = bytes.Length / 2;
            bytes.WriteByte(0x55);
            bytes.WriteByte(0xAA);
        }
        var failed = await Cluster.BallastAsync("etcd", "snapshot", "verify", file);
        Assert.Equal((3, $"failed: {file} cannot be used: its content is not what its hash says\n"), (failed.Code, failed.Output));
        failed = await Cluster.BallastAsync("etcd", "snapshot", "verify", name);
        Assert.Equal(3, failed.Code);
        Assert.Equal("failed", (string)Assert.Single(await ListAsync())!["verdict"]!);
        Assert.Empty(Directory.EnumerateDirectories(Path.GetTempPath(), "ballast-verify-*"));
    }

    private async Task<JsonArray> ListAsync() => JsonNode.Parse((await Cluster.BallastAsync("etcd", "snapshot", "list", "-o", "json")).MustSucceed().Output)!.AsArray();

    /// <summary>Of every control plane's controller, as whoever has a certificate of the cluster's CA may read them.</summary>
    private async Task<string[]> MetricsAsync()
    {
        var pki = Path.Combine(Cluster.HostFolder("control-plane-1"), "etc/kubernetes/pki");
        var addresses = (await Cluster.KubectlAsync("get", "pods", "-n", "kube-system", "-l", "component=backup-controller", "-o", "jsonpath={.items[*].status.hostIP}")).Split(' ');
        using var handler = new SocketsHttpHandler { UseProxy = false };
        handler.SslOptions.ClientCertificates = [X509Certificate2.CreateFromPemFile($"{pki}/apiserver-kubelet-client.crt", $"{pki}/apiserver-kubelet-client.key")];
        // It made its own certificate.
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate?.Subject.StartsWith("CN=backup-controller@", StringComparison.Ordinal) == true;
        using var http = new HttpClient(handler);
        return await Task.WhenAll(addresses.Select(async address =>
        {
            try
            {
                return await http.GetStringAsync(new Uri($"https://{address}:10261/metrics"), TestContext.Current.CancellationToken);
            }
            catch (HttpRequestException)
            {
                return ""; // The one that was killed is starting.
            }
        }));
    }
}
