using Ballast.Integration.Tests.Clusters;

namespace Ballast.Integration.Tests;

/// <summary>Control planes come and go while clients write and read, and nothing is lost.</summary>
public sealed class ScalingTests
{
    [Fact]
    public async Task A_cluster_grows_to_three_control_planes_and_back_under_load_although_the_command_is_killed()
    {
        await using var cluster = await TestCluster.UpAsync("--control-planes", "1", "--workers", "1");
        var key = Path.Combine(cluster.DataDirectory, "backup.key");
        await File.WriteAllTextAsync(key, "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", TestContext.Current.CancellationToken);
        File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        (await cluster.BallastAsync("etcd", "snapshot", "schedule", "30 2 1 1 *", "--target", Path.Combine(cluster.DataDirectory, "backups"), "--key", key)).MustSucceed();
        await using var load = SteadyLoad.Start(cluster.Kubeconfig);
        await using var history = RegisterHistory.Start(cluster.Kubeconfig);

        await cluster.BallastKilledAfterAsync(TimeSpan.FromSeconds(4 + Random.Shared.Next(10)), "up", "--control-planes", "3", "--workers", "2");
        await cluster.UpAgainAsync("--control-planes", "3", "--workers", "2");
        Assert.Equal(["control-plane-1", "control-plane-2", "control-plane-3"], await VotersAsync(cluster));
        var grown = await cluster.StatusAsync();
        Assert.Empty(grown["problems"]!.AsArray());
        // What is scheduled on the first is so on those that come later.
        Assert.All(["control-plane-2", "control-plane-3"], host => Assert.True(File.Exists(Path.Combine(cluster.HostFolder(host), "etc/kubernetes/manifests/backup-controller.yaml"))));
        Assert.Contains(grown["leaders"]!.AsArray(), l => (string)l!["lease"]! == "backup-controller" && (string)l["holder"]! is { Length: > 0 });
        Assert.Equal(3, grown["backends"]!.AsArray().Count(b => (string)b!["state"]! == "Ready"));

        // Other settings stay as they are, and a mistake changes nothing.
        var refused = await cluster.BallastAsync("up", "--topology", "external");
        Assert.Equal(2, refused.Code);
        Assert.Contains("up changes the number of hosts of a cluster, and nothing else but HAProxy", refused.Error, StringComparison.Ordinal);

        await cluster.UpAgainAsync("--control-planes", "1", "--workers", "1");
        Assert.Equal(["control-plane-1"], await VotersAsync(cluster));
        Assert.Equal(["node/control-plane-1", "node/worker-1"], (await cluster.KubectlAsync("get", "nodes", "-o", "name")).Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.False(Directory.Exists(cluster.HostFolder("control-plane-3")));
        var unserved = load.UnservedSince(TimeSpan.Zero).ToList();
        Assert.True(unserved.Count == 0, string.Join("\n", unserved));

        await history.CheckAsync();
        await load.StopAsync();
        Assert.True(load.Acknowledged.Count > 100, $"{load.Acknowledged.Count} writes were acknowledged");
        var there = (await cluster.KubectlAsync("get", "configmaps", "-o", "jsonpath={.items[*].metadata.name}")).Split(' ').ToHashSet();
        Assert.DoesNotContain(load.Acknowledged, name => !there.Contains(name));
    }

    private static async Task<string[]> VotersAsync(TestCluster cluster) =>
        [.. (await cluster.EtcdctlAsync("member", "list")).MustSucceed().Lines.Select(l => l.Split(", ")).Where(m => m[^1] == "false").Select(m => m[2]).Order(StringComparer.Ordinal)];
}
