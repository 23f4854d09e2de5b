using Ballast.Integration.Tests.Clusters;

namespace Ballast.Integration.Tests;

/// <summary>A cluster is taken to other flags and to another build while clients write and read, and none of them notices.</summary>
public sealed class UpgradeTests
{
    [Fact]
    public async Task A_broken_flag_stops_at_the_first_host_and_a_good_one_and_another_build_roll_out_under_load()
    {
        await using var cluster = await TestCluster.UpAsync("--control-planes", "3", "--workers", "0");
        var manifests = Manifests(cluster);
        await using var load = SteadyLoad.Start(cluster.Kubeconfig);
        await using var history = RegisterHistory.Start(cluster.Kubeconfig);

        // A plan has no effect.
        var plan = (await cluster.BallastAsync("upgrade", "plan", "--extra-arg", "kube-apiserver:v=3")).MustSucceed().Output;
        Assert.Equal(3, plan.Split('\n').Count(l => l.Contains("kube-apiserver", StringComparison.Ordinal) && l.Contains("--v=3", StringComparison.Ordinal)));
        Assert.Equal(manifests, Manifests(cluster));

        // What cannot run stops at the first host and is undone there.
        var broken = await cluster.BallastAsync("upgrade", "apply", "--yes", "--extra-arg", "kube-apiserver:tls-min-versio=VersionTLS13");
        Assert.Equal(1, broken.Code);
        Assert.Contains("kube-apiserver@control-plane-1 ends again and again", broken.Error, StringComparison.Ordinal);
        Assert.Contains("unknown flag \"--tls-min-versio\"", broken.Error, StringComparison.Ordinal);
        Assert.Contains("the old manifests of control-plane-1 are back, and it is well with them. Not touched: control-plane-2, control-plane-3", broken.Error, StringComparison.Ordinal);
        Assert.Equal(manifests, Manifests(cluster));
        Assert.DoesNotContain("tls-min-versio", await cluster.KubectlAsync("get", "configmap", "kubeadm-config", "-n", "kube-system", "-o", "yaml"), StringComparison.Ordinal);

        // Killed in the middle, the same command goes on; hosts that are done are left alone.
        await cluster.BallastKilledAfterAsync(TimeSpan.FromSeconds(4 + Random.Shared.Next(8)), "upgrade", "apply", "--yes", "--extra-arg", "kube-apiserver:v=3");
        (await cluster.BallastAsync("upgrade", "apply", "--yes", "--extra-arg", "kube-apiserver:v=3")).MustSucceed();
        Assert.Contains("nothing was changed", (await cluster.BallastAsync("upgrade", "apply", "--yes")).MustSucceed().Output, StringComparison.Ordinal);
        Assert.All(ControlPlanes, host => Assert.Contains("--v=3", Manifest(cluster, host, "kube-apiserver"), StringComparison.Ordinal));
        Assert.DoesNotContain("SchedulingDisabled", await cluster.KubectlAsync("get", "nodes"), StringComparison.Ordinal);
        Assert.Contains("\"v\"", await cluster.KubectlAsync("get", "configmap", "kubeadm-config", "-n", "kube-system", "-o", "yaml"), StringComparison.Ordinal);
        var unserved = load.UnservedSince(TimeSpan.Zero).ToList();
        Assert.True(unserved.Count == 0, string.Join("\n", unserved));

        await history.CheckAsync();
        await load.StopAsync();
        Assert.True(load.Acknowledged.Count > 100, $"{load.Acknowledged.Count} writes were acknowledged");
        var there = (await cluster.KubectlAsync("get", "configmaps", "-o", "jsonpath={.items[*].metadata.name}")).Split(' ').ToHashSet();
        Assert.DoesNotContain(load.Acknowledged, name => !there.Contains(name));
        Assert.Empty((await cluster.StatusAsync())["problems"]!.AsArray());
    }

    private static string[] ControlPlanes => ["control-plane-1", "control-plane-2", "control-plane-3"];

    private static string Manifest(TestCluster cluster, string host, string component) =>
        File.ReadAllText(Path.Combine(cluster.HostFolder(host), $"etc/kubernetes/manifests/{component}.yaml"));

    private static Dictionary<string, string> Manifests(TestCluster cluster) => ControlPlanes
        .SelectMany(host => Directory.EnumerateFiles(Path.Combine(cluster.HostFolder(host), "etc/kubernetes/manifests"))).ToDictionary(f => f, File.ReadAllText);
}

/// <summary>Another build of the program, one host after the other.</summary>
public sealed class UpgradeToAnotherBuildTests
{
    [Fact]
    [Trait("Category", "Long")]
    public async Task Every_process_of_a_cluster_comes_from_the_new_folder_afterwards_and_pods_are_moved_within_their_budget()
    {
        var folder = Directory.CreateTempSubdirectory("ballast-new-").FullName;
        try
        {
            (await Shell.RunAsync("cp", ["-a", Path.GetDirectoryName(TestCluster.Program)! + "/.", folder])).MustSucceed();
            await UpgradeAsync(Path.Combine(folder, "ballast"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task UpgradeAsync(string next)
    {
        await using var cluster = await TestCluster.UpAsync("--control-planes", "1", "--workers", "2");
        var key = Path.Combine(cluster.DataDirectory, "backup.key");
        await File.WriteAllTextAsync(key, "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", TestContext.Current.CancellationToken);
        File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        (await cluster.BallastAsync("etcd", "snapshot", "schedule", "30 2 1 1 *", "--target", Path.Combine(cluster.DataDirectory, "backups"), "--key", key)).MustSucceed();
        await cluster.LeaderHostAsync("backup-controller");
        await cluster.KubectlAsync("create", "deployment", "web", "--image=x", "--replicas=4");
        await cluster.KubectlAsync("create", "poddisruptionbudget", "web", "--selector=app=web", "--min-available=3");
        await ReadyPodsAsync(cluster);
        string[] selection = ["--name", cluster.Name, "--data-dir", cluster.DataDirectory];
        var done = (await Shell.RunAsync(next, ["upgrade", "apply", "--yes", .. selection], limit: TimeSpan.FromSeconds(120))).MustSucceed();
        Assert.Contains("control-plane-1, worker-1, worker-2, load-balancer", done.Output, StringComparison.Ordinal);
        Assert.Contains("pods evicted", done.Error, StringComparison.Ordinal);

        var programs = (await cluster.StatusAsync())["hosts"]!.AsArray().SelectMany(h => h!["components"]!.AsArray())
            .Where(c => (string)c!["name"]! != "etcd").Select(c => File.ResolveLinkTarget($"/proc/{c!["processId"]}/exe", returnFinalTarget: false)!.FullName).ToList();
        // Six of the control plane, two of each worker, and the load balancer in front.
        Assert.Equal(11, programs.Count);
        Assert.All(programs, p => Assert.Equal(next, p));
        Assert.Contains("nothing was changed", (await Shell.RunAsync(next, ["upgrade", "apply", "--yes", .. selection])).MustSucceed().Output, StringComparison.Ordinal);
        Assert.DoesNotContain("SchedulingDisabled", await cluster.KubectlAsync("get", "nodes"), StringComparison.Ordinal);
        await ReadyPodsAsync(cluster);
    }

    private static Task ReadyPodsAsync(TestCluster cluster) => TestCluster.EventuallyAsync(
        async () => await cluster.KubectlAsync("get", "deployment", "web", "-o", "jsonpath={.status.readyReplicas}") == "4", TimeSpan.FromSeconds(30), "four pods are Ready");
}
