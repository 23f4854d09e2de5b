using System.Globalization;
using System.Text.RegularExpressions;
using Ballast.Integration.Tests.Clusters;

namespace Ballast.Integration.Tests.Hosts;

/// <summary>The CAs of machines are replaced, in three passes over them, as the runbook rotate-ca says it; runs are killed at random moments.</summary>
public sealed partial class MachineRotationTests(ITestOutputHelper output)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Runs", "Beside")]
    public async Task A_control_plane_and_its_worker_get_new_CAs()
    {
        await using var network = await Machines.NetworkAsync(("worker1", 101));
        var machines = new Machines(network);
        var join = await machines.InitAsync("cp1");
        await machines.JoinWorkerAsync("worker1", join);
        var old = await OldAsync(network, machines);
        Assert.Contains("it begins on a control plane", (await RotateAsync(machines, "worker1")).Error, StringComparison.Ordinal);
        Assert.Contains("--until is for a cluster of", (await RotateAsync(machines, "cp1", "--until", "reissue")).Error, StringComparison.Ordinal);
        Assert.Equal(2, (await RotateAsync(machines, "cp1")).Code);

        // Two at once, where nobody has to wait for the other. The only API server is started anew meanwhile: a worker that gets no answer tries again.
        var first = MustRotateAsync(machines, "cp1", "--yes");
        await TestCluster.EventuallyAsync(async () => (await RotateAsync(machines, "worker1")).Code == 0, TimeSpan.FromSeconds(60), "the worker accepts both");
        await first;
        Assert.Contains("the CAs of the cluster are being replaced", (await machines.BallastAsync("cp2", join)).Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(network.Root("cp2")));
        Assert.Contains("Nothing can be done on worker1 now: it waits for cp1.", (await MustRotateAsync(machines, "worker1")).Output, StringComparison.Ordinal);
        await MustRotateAsync(machines, "cp1");
        Assert.Contains("the second of three passes is over", (await MustRotateAsync(machines, "worker1")).Output, StringComparison.Ordinal);
        first = MustRotateAsync(machines, "cp1");
        await TestCluster.EventuallyAsync(async () => (await RotateAsync(machines, "worker1")).Code == 0, TimeSpan.FromSeconds(60), "the worker accepts the new CAs only");
        await first;
        // Whoever was the last, a control plane clears up.
        if (await IsUnderWayAsync(machines))
            await MustRotateAsync(machines, "cp1");
        await EverythingIsNewAsync(network, machines, old, "cp1", "worker1");
    }

    [Fact]
    [Trait("Category", "Long")]
    public async Task Three_control_planes_and_a_worker_get_new_CAs_under_load_although_runs_are_killed()
    {
        var seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        await using var network = await Machines.NetworkAsync(("worker1", 101), ("worker2", 102));
        var machines = new Machines(network);
        var join = await machines.InitAsync("cp1");
        var uploaded = await machines.UploadAsync("cp1");
        await machines.JoinAsync("cp2", join, uploaded);
        await machines.JoinAsync("cp3", join, uploaded);
        await machines.JoinWorkerAsync("worker1", join);
        var old = await OldAsync(network, machines);
        await network.OpenAsync();
        await using var load = FollowingLoad.Start($"{network.Root("cp1")}/etc/kubernetes/admin.conf");
        await TestCluster.EventuallyAsync(() => Task.FromResult(load.Answered > 20), TimeSpan.FromSeconds(20), "the load runs");

        await KilledAsync(machines, random, "cp1", "--yes");
        await MustRotateAsync(machines, "cp1", "--yes");
        Assert.Contains("there is no --certificate-key to get them with", (await RotateAsync(machines, "cp2")).Error, StringComparison.Ordinal);
        Assert.Contains("is not the one that the new CAs' keys were uploaded with", (await RotateAsync(machines, "cp2", "--certificate-key", new string('0', 64))).Error, StringComparison.Ordinal);
        // The key of whatever was uploaded before is lost.
        var key = Key().Match((await MustRotateAsync(machines, "cp1", "--upload-certs")).Output).Value.Trim();
        await KilledAsync(machines, random, "cp2", "--certificate-key", key);
        await MustRotateAsync(machines, "cp2", "--certificate-key", key);
        await MustRotateAsync(machines, "worker1");
        Assert.Contains("the first of three passes is over", (await MustRotateAsync(machines, "cp3", "--certificate-key", key)).Output, StringComparison.Ordinal);

        var order = new[] { "cp1", "cp2", "cp3" };
        random.Shuffle(order);
        foreach (var host in order.Append("worker1"))
        {
            await KilledAsync(machines, random, host);
            await MustRotateAsync(machines, host);
        }
        await KilledAsync(machines, random, "worker1");
        await MustRotateAsync(machines, "worker1");
        random.Shuffle(order);
        foreach (var host in order)
        {
            await KilledAsync(machines, random, host);
            if (await IsUnderWayAsync(machines))
                await MustRotateAsync(machines, host);
        }

        var rotated = load.Answered;
        await TestCluster.EventuallyAsync(() => Task.FromResult(load.Answered > rotated + 50), TimeSpan.FromSeconds(20), "the load goes on");
        Assert.True(load.Failures.Count == 0, string.Join("\n", load.Failures));
        await EverythingIsNewAsync(network, machines, old, "cp1", "cp2", "cp3", "worker1");
        Assert.Contains("is not the one that was expected", (await machines.BallastAsync("worker2", [.. join, "--wait", "5s"])).Error, StringComparison.Ordinal);
        await machines.JoinWorkerAsync("worker2", await machines.NewJoinAsync());
        await ReadyAsync(machines, 5);
        await TestCluster.EventuallyAsync(async () => (await machines.BallastAsync("cp2", "status")).Code == 0, TimeSpan.FromSeconds(60), "nothing is wrong");
    }

    private static Task<ShellResult> RotateAsync(Machines machines, string host, params string[] arguments) => machines.BallastAsync(host, ["certs", "rotate-ca", .. arguments]);

    private async Task<ShellResult> MustRotateAsync(Machines machines, string host, params string[] arguments)
    {
        var result = (await RotateAsync(machines, host, arguments)).MustSucceed();
        output.WriteLine($"{DateTime.UtcNow:HH:mm:ss} {host}: {Key().Replace(result.Output, "…").ReplaceLineEndings(" ")}");
        return result;
    }

    private async Task KilledAsync(Machines machines, Random random, string host, params string[] arguments)
    {
        var wait = TimeSpan.FromSeconds(16) * random.NextDouble();
        var code = await machines.KilledAsync(host, Task.Delay(wait, Cancel), ["certs", "rotate-ca", .. arguments]);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{host} {(code == 128 + 9 ? "was killed" : "had ended")} {wait.TotalSeconds:0.00} s after its start"));
    }

    private static async Task<bool> IsUnderWayAsync(Machines machines) =>
        (await machines.KubectlAsync("get", "configmap", "ballast-ca-rotation", "-n", "kube-system", "--ignore-not-found", "-o", "name")).MustSucceed().Output.Length > 0;

    /// <summary>The CA of before, and a client's credentials of it.</summary>
    private static async Task<(string Ca, string Kubeconfig)> OldAsync(HostNetwork network, Machines machines)
    {
        await ReadyAsync(machines, Directory.GetDirectories(network.Folder).Count(d => Directory.Exists($"{d}/etc/kubernetes/manifests")));
        var copy = Path.Combine(network.Folder, "old-admin.conf");
        File.Copy($"{network.Root("cp1")}/etc/kubernetes/admin.conf", copy);
        return (await File.ReadAllTextAsync($"{network.Root("cp1")}/etc/kubernetes/pki/ca.crt", Cancel), copy);
    }

    private static Task ReadyAsync(Machines machines, int nodes) => TestCluster.EventuallyAsync(async () =>
        (await machines.KubectlAsync("get", "nodes", "--no-headers")).Lines is var lines && lines.Length == nodes && lines.All(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1] == "Ready"),
        TimeSpan.FromSeconds(60), $"{nodes} nodes are Ready");

    private static async Task EverythingIsNewAsync(HostNetwork network, Machines machines, (string Ca, string Kubeconfig) old, params string[] hosts)
    {
        var ca = await File.ReadAllTextAsync($"{network.Root("cp1")}/etc/kubernetes/pki/ca.crt", Cancel);
        Assert.NotEqual(old.Ca, ca);
        foreach (var kubernetes in hosts.Select(h => $"{network.Root(h)}/etc/kubernetes"))
        {
            Assert.Equal(ca, await File.ReadAllTextAsync($"{kubernetes}/pki/ca.crt", Cancel));
            Assert.False(Directory.Exists($"{kubernetes}/pki/ca-rotation"));
            await SignedByAsync($"{kubernetes}/pki/ca.crt", await CertificateInAsync($"{kubernetes}/kubelet.conf", network));
        }
        foreach (var host in hosts.Where(h => h.StartsWith("cp", StringComparison.Ordinal)))
        {
            var pki = $"{network.Root(host)}/etc/kubernetes/pki";
            await SignedByAsync($"{pki}/ca.crt", $"{pki}/apiserver.crt");
            await SignedByAsync($"{pki}/etcd/ca.crt", $"{pki}/etcd/peer.crt");
            await SignedByAsync($"{pki}/front-proxy-ca.crt", $"{pki}/front-proxy-client.crt");
        }
        Assert.NotEqual(0, (await network.RunAsync("cp1", "kubectl", "--kubeconfig", old.Kubeconfig, "get", "nodes")).Code);
        Assert.NotEqual(0, (await network.RunAsync("cp1", "kubectl", "--kubeconfig", old.Kubeconfig, "--insecure-skip-tls-verify", "get", "nodes")).Code);
        await ReadyAsync(machines, hosts.Length);
        var token = (await machines.KubectlAsync("create", "token", "default")).MustSucceed().Output.Trim();
        Assert.Contains("system:serviceaccount:default:default", (await machines.WhoAmIAsync(token)).MustSucceed().Output, StringComparison.Ordinal);
        Assert.False(await IsUnderWayAsync(machines));
        Assert.Equal("", (await machines.KubectlAsync("get", "roles,rolebindings,secrets", "-n", "kube-system", "-o", "name")).MustSucceed().Lines.FirstOrDefault(l => l.Contains("ca-rotation", StringComparison.Ordinal)) ?? "");
        await TestCluster.EventuallyAsync(async () => (await machines.KubectlAsync("get", "configmap", "kube-root-ca.crt", "-o", "jsonpath={.data.ca\\.crt}")).Output.Trim() == ca.Trim(), TimeSpan.FromSeconds(30), "pods are told of the new CA alone");
    }

    private static async Task SignedByAsync(string ca, string certificate) => (await Shell.RunAsync("openssl", ["verify", "-CAfile", ca, certificate])).MustSucceed();

    private static async Task<string> CertificateInAsync(string kubeconfig, HostNetwork network)
    {
        var file = Path.Combine(network.Folder, "client.crt");
        await File.WriteAllBytesAsync(file, Convert.FromBase64String(k8s.KubernetesClientConfiguration.LoadKubeConfig(new FileInfo(kubeconfig)).Users.Single().UserCredentials.ClientCertificateData), Cancel);
        return file;
    }

    [GeneratedRegex("^  [0-9a-f]{64}$", RegexOptions.Multiline)]
    private static partial Regex Key();
}
