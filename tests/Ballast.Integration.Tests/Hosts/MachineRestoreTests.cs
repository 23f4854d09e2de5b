using System.Globalization;
using Ballast.Integration.Tests.Clusters;

namespace Ballast.Integration.Tests.Hosts;

/// <summary>Machines go back to a snapshot, and come back from a lost quorum, by commands on each of them; backups are taken by all of them.</summary>
public sealed class MachineRestoreTests(ITestOutputHelper output)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Runs", "Beside")]
    public async Task Machines_go_back_to_a_snapshot_although_the_command_is_killed()
    {
        await using var network = await Machines.NetworkAsync();
        var machines = new Machines(network);
        var join = await machines.InitAsync("cp1");
        await ScheduleAsync(network, machines);
        var key = await machines.UploadAsync("cp1");
        await machines.JoinAsync("cp2", join, key);
        await BackupsAreEverywhereAsync(network, machines, "cp2");

        var token = await SnapshotAsync(network, machines, "cp2");
        var old = await WriteAsync(machines, "gone");
        Assert.Equal(2, (await machines.BallastAsync("cp1", "etcd", "snapshot", "restore", Snapshot(network))).Code);
        Assert.Contains("etcd is on the control planes: their restore raises", (await machines.BallastAsync("cp1", "etcd", "snapshot", "raise", Snapshot(network), "raised.db")).Error, StringComparison.Ordinal);
        await KilledAsync(network, machines, "etcd", "snapshot", "restore", Snapshot(network), "--yes");
        if (!IsFinished(network, "restore"))
            (await machines.BallastAsync("cp1", "etcd", "snapshot", "restore", Snapshot(network), "--yes")).MustSucceed();

        await machines.VotersAsync("cp1", "cp1");
        await TheStateIsTheSnapshotsAsync(machines, token, old);
        var elsewhere = await machines.BallastAsync("cp2", "etcd", "replace", "cp1");
        Assert.Equal(2, elsewhere.Code);
        Assert.Contains("this is cp2, and not cp1", elsewhere.Error, StringComparison.Ordinal);
        (await machines.BallastAsync("cp2", "etcd", "replace")).MustSucceed();
        await machines.VotersAsync("cp1", "cp1", "cp2");
        Assert.Contains("is healthy: there is nothing to replace", (await machines.BallastAsync("cp2", "etcd", "replace")).Error, StringComparison.Ordinal);
        Assert.Single(Directory.EnumerateDirectories($"{network.Root("cp1")}/var/lib", "etcd.before-*"));
        Assert.Single(Directory.EnumerateDirectories($"{network.Root("cp2")}/var/lib", "etcd.replaced-*"));
    }

    [Fact]
    [Trait("Category", "Long")]
    public async Task With_the_quorum_lost_for_good_one_machine_has_it_and_the_others_come_back_each_in_its_way()
    {
        await using var network = await Machines.NetworkAsync();
        var machines = new Machines(network);
        var join = await machines.InitAsync("cp1");
        var key = await machines.UploadAsync("cp1");
        // Both at once: one waits for the other.
        await Task.WhenAll(machines.JoinAsync("cp2", join, key), machines.JoinAsync("cp3", join, key));
        var token = await SnapshotAsync(network, machines, "cp3");
        // One is lost with its disk, and comes back: the quorum is of those that are left.
        await machines.LoseAsync("cp2");
        (await machines.BallastAsync("cp1", "etcd", "snapshot", "restore", Snapshot(network), "--yes")).MustSucceed();
        await machines.VotersAsync("cp1", "cp1");
        (await machines.BallastAsync("cp3", "etcd", "replace")).MustSucceed();
        await machines.JoinAsync("cp2", join, key);
        await machines.VotersAsync("cp3", "cp1", "cp2", "cp3");
        Assert.Contains("there is nothing to recover", (await machines.BallastAsync("cp1", "etcd", "recover", "--from", "cp1", "--yes")).MustSucceed().Output, StringComparison.Ordinal);
        var old = await WriteAsync(machines, "later");
        // One has lost everything, one its data alone.
        await machines.LoseAsync("cp2");
        await network.KillAsync("cp3");
        Directory.Delete($"{network.Root("cp3")}/var/lib/etcd", recursive: true);

        for (var round = 0; round < 3 && !IsFinished(network, "recover"); round++)
            await KilledAsync(network, machines, "etcd", "recover", "--from", "cp1", "--yes");
        if (!IsFinished(network, "recover"))
            (await machines.BallastAsync("cp1", "etcd", "recover", "--from", "cp1", "--yes")).MustSucceed();
        await machines.VotersAsync("cp1", "cp1");
        (await machines.KubectlAsync("get", "configmaps", "kept", "later")).MustSucceed();
        await TheStateIsAheadAsync(machines, token, old);
        (await machines.BallastAsync("cp3", "etcd", "replace")).MustSucceed();
        await machines.JoinAsync("cp2", join, key);
        await machines.VotersAsync("cp2", "cp1", "cp2", "cp3");
        await TestCluster.EventuallyAsync(async () => (await machines.BallastAsync("cp2", "status")).Code == 0, TimeSpan.FromSeconds(60), "nothing is wrong");
    }

    [Fact]
    [Trait("Category", "Long")]
    public async Task A_machine_that_is_new_becomes_the_cluster_of_a_backup()
    {
        await using var network = await Machines.NetworkAsync();
        var machines = new Machines(network);
        await machines.InitAsync("cp1");
        await ScheduleAsync(network, machines);
        var token = await SnapshotAsync(network, machines, "cp1");
        var old = await WriteAsync(machines, "gone");
        await TestCluster.EventuallyAsync(async () => (await machines.BallastAsync("cp1", "etcd", "snapshot", "list")).Output.Contains("proven", StringComparison.Ordinal), TimeSpan.FromSeconds(60), "a backup is proven");
        await machines.LoseAsync("cp1");

        // Its name and address are the old ones; nothing else is.
        var pki = Directory.EnumerateFiles(Path.Combine(network.Folder, "backups"), "*.pki").Single();
        (await network.RunAsync("cp1", TestCluster.Program, "etcd", "snapshot", "pki", pki, "--key", BackupKey(network), "--to", network.Root("cp1"))).MustSucceed();
        (await machines.BallastAsync("cp1", "init", "--control-plane-endpoint", network.Address(1), "--node-name", "cp1", "--wait", "60s")).MustSucceed();
        (await machines.BallastAsync("cp1", "etcd", "snapshot", "restore", Snapshot(network), "--yes")).MustSucceed();
        await TheStateIsTheSnapshotsAsync(machines, token, old);

        await machines.JoinAsync("cp2", await machines.NewJoinAsync(), await machines.UploadAsync("cp1"));
        await machines.VotersAsync("cp2", "cp1", "cp2");
    }

    private static string Snapshot(HostNetwork network) => Path.Combine(network.Folder, "kept.db");

    private static string BackupKey(HostNetwork network) => Path.Combine(network.Folder, "backup.key");

    private static async Task ScheduleAsync(HostNetwork network, Machines machines)
    {
        await File.WriteAllTextAsync(BackupKey(network), "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", Cancel);
        File.SetUnixFileMode(BackupKey(network), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        (await machines.BallastAsync("cp1", "etcd", "snapshot", "schedule", "30 2 1 1 *", "--target", Path.Combine(network.Folder, "backups"), "--key", BackupKey(network))).MustSucceed();
    }

    /// <summary>Control planes that joined later take part, and who leads is told.</summary>
    private static async Task BackupsAreEverywhereAsync(HostNetwork network, Machines machines, string joined)
    {
        Assert.True(File.Exists($"{network.Root(joined)}/etc/kubernetes/manifests/backup-controller.yaml"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode($"{network.Root(joined)}/etc/kubernetes/backup/key"));
        await TestCluster.EventuallyAsync(async () => (await machines.BallastAsync(joined, "etcd", "snapshot", "list")).Output.Contains("snapshot-", StringComparison.Ordinal), TimeSpan.FromSeconds(60), "a backup is taken");
        Assert.Contains((await machines.BallastAsync(joined, "status")).Lines, l => l.StartsWith("backup-controller ", StringComparison.Ordinal) && l.Contains(" cp1_", StringComparison.Ordinal));
    }

    /// <summary>A ConfigMap <c>kept</c>, a service account's token, and the snapshot that has both.</summary>
    private static async Task<string> SnapshotAsync(HostNetwork network, Machines machines, string host)
    {
        (await machines.KubectlAsync("create", "configmap", "kept")).MustSucceed();
        // A cluster that has just begun may not have the service account yet.
        var token = await TestCluster.EventuallyAsync(async () => (await machines.KubectlAsync("create", "token", "default")).MustSucceed().Output.Trim(), TimeSpan.FromSeconds(20), "there is a token");
        (await machines.BallastAsync(host, "etcd", "snapshot", "save", Snapshot(network))).MustSucceed();
        return token;
    }

    private static async Task<long> WriteAsync(Machines machines, string name) =>
        long.Parse((await machines.KubectlAsync("create", "configmap", name, "-o", "jsonpath={.metadata.resourceVersion}")).MustSucceed().Output, CultureInfo.InvariantCulture);

    private static async Task TheStateIsTheSnapshotsAsync(Machines machines, string token, long old)
    {
        await TheStateIsAheadAsync(machines, token, old);
        Assert.Equal(1, (await machines.KubectlAsync("get", "configmap", "gone")).Code);
    }

    /// <summary>No resourceVersion went back, watches that began before are told so, and tokens from before are accepted.</summary>
    private static async Task TheStateIsAheadAsync(Machines machines, string token, long old)
    {
        (await machines.KubectlAsync("get", "configmap", "kept")).MustSucceed();
        Assert.True(await WriteAsync(machines, $"since-{Guid.NewGuid():N}") > old + 900_000_000);
        var watch = await machines.KubectlAsync("get", "--raw", $"/api/v1/namespaces/default/configmaps?watch=1&timeoutSeconds=20&resourceVersion={old}");
        Assert.Contains("410", watch.Output + watch.Error, StringComparison.Ordinal);
        Assert.Contains("system:serviceaccount:default:default", (await machines.WhoAmIAsync(token)).MustSucceed().Output, StringComparison.Ordinal);
    }

    private static bool IsFinished(HostNetwork network, string command) =>
        File.Exists($"{network.Root("cp1")}/var/lib/ballast/.restore/restored.json") && File.ReadAllText($"{network.Root("cp1")}/var/lib/ballast/.restore/restored.json").Contains(command + (command == "recover" ? " --from" : "\""), StringComparison.Ordinal);

    /// <summary>At a random moment: half of them before the way back is closed, half after.</summary>
    private async Task KilledAsync(HostNetwork network, Machines machines, params string[] arguments)
    {
        var journal = $"{network.Root("cp1")}/var/lib/ballast/.restore/restore.json";
        var (after, wait) = (Random.Shared.Next(2) == 0, TimeSpan.FromSeconds(5) * Random.Shared.NextDouble());
        using var over = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        await machines.KilledAsync("cp1", MomentAsync(over.Token), arguments);
        await over.CancelAsync();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"killed {wait.TotalSeconds:0.00} s after {(after ? "the journal" : "the start")}; the journal is {(File.Exists(journal) ? "there" : "not there")}"));

        async Task MomentAsync(CancellationToken ended)
        {
            while (after && !File.Exists(journal))
                await Task.Delay(20, ended);
            await Task.Delay(wait, ended);
        }
    }
}
