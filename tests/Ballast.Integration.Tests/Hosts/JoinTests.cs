using System.Text.RegularExpressions;
using Ballast.Integration.Tests.Clusters;

namespace Ballast.Integration.Tests.Hosts;

/// <summary>A cluster on hosts of their own, made one by one with the built program.</summary>
public sealed partial class JoinTests(ITestOutputHelper output)
{
    private const string LoadBalancer = "lb";

    [Fact]
    public async Task Three_control_planes_and_two_workers_join_one_by_one_and_one_leaves_and_comes_back()
    {
        await using var network = await HostNetwork.CreateAsync((LoadBalancer, 1), ("cp1", 11), ("cp2", 12), ("cp3", 13), ("worker1", 101), ("worker2", 102));
        var endpoint = $"{network.Address(1)}:6443";

        // The load balancer trusts the cluster's CA: that comes first, by its phase alone.
        await InitAsync(network, "phase", "certs");
        await network.StartAsync(LoadBalancer, TestCluster.Program, "load-balancer", $"--bind-address={network.Address(1)}", "--secure-port=6443",
            $"--backends={network.Address(11)}:6443,{network.Address(12)}:6443,{network.Address(13)}:6443",
            $"--certificate-authority={network.Root("cp1")}/etc/kubernetes/pki/ca.crt");
        var init = await InitAsync(network, "--upload-certs");
        var join = JoinLine().Matches(init.Output).Select(m => m.Groups["arguments"].Value.Split(' ')).ToArray();
        Assert.Equal(2, join.Length);
        var (worker, controlPlane) = (join[0], join[1]);
        var secret = worker[Array.IndexOf(worker, "--token") + 1].Split('.')[1];

        await KilledAsync(network, "cp2", Join("cp2", network, controlPlane));
        await JoinAsync(network, "cp2", controlPlane);
        await JoinAsync(network, "worker1", worker);
        var changes = await ChangesAsync(network);
        await JoinAsync(network, "cp3", controlPlane);
        Assert.Equal(changes + 1, await ChangesAsync(network));
        await JoinAsync(network, "worker2", worker);
        await ReadyAsync(network, "cp1", "cp2", "cp3", "worker1", "worker2");
        await VotersAsync(network, "cp1", "cp2", "cp3");

        // Again: nothing changes.
        await JoinAsync(network, "cp3", controlPlane);
        await VotersAsync(network, "cp1", "cp2", "cp3");

        // The token is nowhere on the hosts, nor shown again; a foreign CA is not trusted.
        foreach (var file in Directory.EnumerateFiles(network.Folder, "*", SearchOption.AllDirectories).Where(f => f.EndsWith(".log", StringComparison.Ordinal) || f.EndsWith(".conf", StringComparison.Ordinal)))
            Assert.DoesNotContain(secret, await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken), StringComparison.Ordinal);
        var list = await network.RunAsync("cp1", TestCluster.Program, "token", "list", "--kubeconfig", $"{network.Root("cp1")}/etc/kubernetes/admin.conf");
        Assert.Contains(worker[Array.IndexOf(worker, "--token") + 1].Split('.')[0], list.MustSucceed().Output, StringComparison.Ordinal);
        Assert.DoesNotContain(secret, list.Output, StringComparison.Ordinal);
        var foreign = await network.RunAsync("worker2", TestCluster.Program,
            ["join", endpoint, "--token", worker[Array.IndexOf(worker, "--token") + 1], "--discovery-token-ca-cert-hash", $"sha256:{new string('0', 64)}", "--root-dir", network.Root("other")]);
        Assert.Equal(1, foreign.Code);
        Assert.Contains("is not the one that was expected", foreign.Error, StringComparison.Ordinal);

        // One leaves, whenever its command dies; the others go on; it comes back. No other host is changed meanwhile.
        changes = await ChangesAsync(network);
        await KilledAsync(network, "cp2", ["reset", "--yes", "--root-dir", network.Root("cp2")]);
        (await network.RunAsync("cp2", TestCluster.Program, "reset", "--yes", "--root-dir", network.Root("cp2"))).MustSucceed();
        await ReadyAsync(network, "cp1", "cp3", "worker1", "worker2");
        await VotersAsync(network, "cp1", "cp3");
        Assert.True(await ChangesAsync(network) > changes);
        Assert.Contains("nothing to do", (await network.RunAsync("cp2", TestCluster.Program, "reset", "--yes", "--root-dir", network.Root("cp2"))).MustSucceed().Output, StringComparison.Ordinal);
        await JoinAsync(network, "cp2", controlPlane);
        await VotersAsync(network, "cp1", "cp2", "cp3");
        await ReadyAsync(network, "cp1", "cp2", "cp3", "worker1", "worker2");

        // A token that was deleted lets nobody in, and a second deletion is no error.
        string[] tokens = ["--kubeconfig", $"{network.Root("cp1")}/etc/kubernetes/admin.conf"];
        var id = worker[Array.IndexOf(worker, "--token") + 1].Split('.')[0];
        Assert.Contains($"The token {id} is deleted", (await network.RunAsync("cp1", TestCluster.Program, ["token", "delete", id, .. tokens])).MustSucceed().Output, StringComparison.Ordinal);
        Assert.Contains("nothing to do", (await network.RunAsync("cp1", TestCluster.Program, ["token", "delete", id, .. tokens])).MustSucceed().Output, StringComparison.Ordinal);
        var late = await network.RunAsync("worker2", TestCluster.Program, [.. worker, "--node-name", "late", "--root-dir", network.Root("late"), "--wait", "5s"]);
        Assert.Equal(1, late.Code);
        Assert.DoesNotContain(secret, late.Error, StringComparison.Ordinal);

        // Where the rest is gone for good, only --force takes the last one out.
        await network.KillAsync("cp1");
        await network.KillAsync("cp3");
        var stays = await network.RunAsync("cp2", TestCluster.Program, "reset", "--yes", "--root-dir", network.Root("cp2"));
        Assert.Equal(1, stays.Code);
        Assert.Contains("reset --force", stays.Error, StringComparison.Ordinal);
        Assert.True(Directory.Exists($"{network.Root("cp2")}/var/lib/etcd/member"));
        (await network.RunAsync("cp2", TestCluster.Program, "reset", "--yes", "--force", "--root-dir", network.Root("cp2"))).MustSucceed();
        Assert.Empty(Directory.EnumerateFileSystemEntries($"{network.Root("cp2")}/var/lib/etcd"));
    }

    [GeneratedRegex(@"^  ballast (?<arguments>join .*)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex JoinLine();

    private static async Task<ShellResult> InitAsync(HostNetwork network, params string[] arguments) => (await network.RunAsync("cp1", TestCluster.Program,
        ["init", .. arguments, "--control-plane-endpoint", network.Address(1), "--node-name", "cp1", "--root-dir", network.Root("cp1"), "--wait", "60s"])).MustSucceed();

    private static async Task JoinAsync(HostNetwork network, string host, string[] join) => (await network.RunAsync(host, TestCluster.Program, Join(host, network, join))).MustSucceed();

    private static string[] Join(string host, HostNetwork network, string[] join) => [.. join, "--node-name", host, "--root-dir", network.Root(host), "--wait", "60s"];

    /// <summary>At a random moment, or not at all where it is faster.</summary>
    private async Task KilledAsync(HostNetwork network, string host, string[] arguments)
    {
        var wait = TimeSpan.FromSeconds(6) * Random.Shared.NextDouble();
        var code = await network.KilledAsync(host, Task.Delay(wait, TestContext.Current.CancellationToken), TestCluster.Program, arguments);
        output.WriteLine($"{arguments[0]} on {host}: ended with {code}, {wait.TotalSeconds:0.00} s after its start at the latest");
    }

    private static async Task ReadyAsync(HostNetwork network, params string[] nodes)
    {
        var seen = "";
        await TestCluster.EventuallyAsync(async () =>
        {
            seen = (await network.RunAsync("cp1", "kubectl", "--kubeconfig", $"{network.Root("cp1")}/etc/kubernetes/admin.conf", "get", "nodes", "-o",
                """jsonpath={range .items[*]}{.metadata.name}={.status.conditions[?(@.type=="Ready")].status} {end}""")).Output.Trim();
            return seen == string.Join(' ', nodes.Order(StringComparer.Ordinal).Select(n => $"{n}=True"));
        }, TimeSpan.FromSeconds(30), $"{string.Join(", ", nodes)} are the nodes, and Ready");
    }

    /// <summary>How often the lock for changes of hosts was taken.</summary>
    private static async Task<int> ChangesAsync(HostNetwork network) => int.Parse((await network.RunAsync("cp1", "kubectl", "--kubeconfig", $"{network.Root("cp1")}/etc/kubernetes/admin.conf",
        "get", "lease", "ballast-change", "-n", "kube-system", "-o", "jsonpath={.spec.leaseTransitions}")).MustSucceed().Output, System.Globalization.CultureInfo.InvariantCulture);

    private static async Task VotersAsync(HostNetwork network, params string[] names)
    {
        var pki = $"{network.Root("cp1")}/etc/kubernetes/pki/etcd";
        var members = (await network.RunAsync("cp1", "etcdctl", $"--endpoints=https://{network.Address(11)}:2379", $"--cacert={pki}/ca.crt", $"--cert={pki}/server.crt",
            $"--key={pki}/server.key", "member", "list")).MustSucceed().Lines.Select(l => l.Split(", ")).ToArray();
        Assert.Equal(names, members.Select(m => m[2]).Order(StringComparer.Ordinal));
        Assert.All(members, m => Assert.Equal(("started", "false"), (m[1], m[^1])));
    }
}
