using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Ballast.Integration.Tests.Clusters;

namespace Ballast.Integration.Tests.Hosts;

/// <summary>A cluster whose etcd has hosts of its own and is looked after by somebody else, as kubeadm's <c>etcd.external</c> says it; made with files of kubeadm's.</summary>
public sealed partial class ExternalEtcdTests
{
    private const string LoadBalancer = "lb";
    private static readonly string[] ControlPlanes = ["cp1", "cp2"];
    private static readonly (string Name, int Number)[] Members = [("etcd1", 51), ("etcd2", 52), ("etcd3", 53)];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Runs", "Beside")]
    public async Task Control_planes_with_an_external_etcd_are_made_told_apart_backed_up_upgraded_in_turn_and_taken_back()
    {
        await using var network = await HostNetwork.CreateAsync([(LoadBalancer, 1), ("cp1", 11), ("cp2", 12), ("worker1", 101), .. Members]);
        await CertificatesOfEtcdAsync(network);
        var config = await ConfigurationAsync(network);

        // Nobody answers yet: init says so, and changes nothing.
        var early = await InitAsync(network, "phase", "preflight", "--config", config);
        Assert.Equal(1, early.Code);
        Assert.Contains($"the etcd member https://{network.Address(52)}:2379 does not answer", early.Error, StringComparison.Ordinal);
        Assert.Contains("--ignore-preflight-errors ExternalEtcdVersion", early.Error, StringComparison.Ordinal);

        foreach (var (name, number) in Members)
            await StartEtcdAsync(network, name, number);
        (await InitAsync(network, "phase", "certs", "--config", config)).MustSucceed();
        await StartFrontAsync(network);
        var init = (await InitAsync(network, "--config", config, "--upload-certs")).MustSucceed();
        Assert.False(File.Exists($"{network.Root("cp1")}/etc/kubernetes/manifests/etcd.yaml"));
        Assert.False(File.Exists($"{network.Root("cp1")}/etc/kubernetes/pki/etcd/ca.key"));
        // Another program's key, which is nothing to the cluster and yet in its backups.
        var pki = $"{network.Root("cp1")}/etc/kubernetes/pki";
        (await network.RunAsync("cp1", "etcdctl", $"--endpoints=https://{network.Address(51)}:2379", $"--cacert={pki}/etcd/ca.crt", $"--cert={pki}/apiserver-etcd-client.crt", $"--key={pki}/apiserver-etcd-client.key",
            "put", "/somebody/else", "value")).MustSucceed();
        await ScheduleAsync(network);
        await JoinWithFileAsync(network, init.Output, "cp2", controlPlane: true);
        (await BallastAsync(network, "cp2", "etcd", "snapshot", "schedule", "--key", BackupKey(network))).MustSucceed();
        await JoinWithFileAsync(network, init.Output, "worker1", controlPlane: false);
        // A joined host's kubelet registers its node by itself, a moment later.
        await TestCluster.EventuallyAsync(async () => (await KubectlAsync(network, "get", "node", "worker1")).Code == 0, TimeSpan.FromSeconds(30), "worker1 is registered");

        // What each loss would do, before and after one.
        var status = await StatusAsync(network, expected: 0);
        Assert.Equal("external", (string)status["topology"]!);
        Assert.Equal(3, status["etcd"]!.AsArray().Count(m => (bool)m!["healthy"]!));
        Assert.All(status["budget"]!["losses"]!.AsArray(), loss => Assert.True((bool)loss!["survives"]!, loss.ToJsonString()));
        await QuorumIsLookedAfterAsync(network);
        await network.KillAsync("etcd1");
        status = await StatusAsync(network, expected: 3);
        var other = status["budget"]!["losses"]!.AsArray().Single(l => (string)l!["host"]! == network.Address(52));
        Assert.False((bool)other!["survives"]!);
        Assert.Contains("quorum is lost", (string)other["effect"]!, StringComparison.Ordinal);
        Assert.True((bool)status["budget"]!["losses"]!.AsArray().Single(l => (string)l!["host"]! == "cp1")!["survives"]!);

        // A flag goes to the cluster's configuration with the first control plane, and the others follow it.
        var first = UpgradeAsync(network, "cp1", "apply", "--yes", "--extra-arg", "kube-controller-manager:v=3");
        // Whoever comes meanwhile changes nothing, and is told who is at it.
        await TestCluster.EventuallyAsync(async () => (await KubectlAsync(network, "get", "lease", "ballast-change", "-n", "kube-system", "-o", "jsonpath={.spec.holderIdentity}")).Output.StartsWith("ballast upgrade apply on ", StringComparison.Ordinal),
            TimeSpan.FromSeconds(30), "the upgrade holds the lock");
        var second = await UpgradeAsync(network, "cp2", "node");
        Assert.Equal(1, second.Code);
        Assert.Matches("ballast upgrade apply on .+, process [0-9]+ is changing a host, since ", second.Error);
        (await first).MustSucceed();
        Assert.DoesNotContain("--v=3", await ManifestAsync(network, "cp2"), StringComparison.Ordinal);
        Assert.Contains("--v=3", (await UpgradeAsync(network, "cp1", "plan")).MustSucceed().Lines.Single(l => Regex.IsMatch(l, @"^cp2 +kube-controller-manager")), StringComparison.Ordinal);
        (await UpgradeAsync(network, "cp2", "node")).MustSucceed();
        Assert.Contains("--v=3", await ManifestAsync(network, "cp2"), StringComparison.Ordinal);
        Assert.Contains("nothing was changed", (await UpgradeAsync(network, "worker1", "node")).MustSucceed().Output, StringComparison.Ordinal);

        // A worker moves to another build by itself, emptied with its own rights.
        var moved = Path.Combine(network.Folder, "next");
        (await Shell.RunAsync("cp", ["-a", Path.GetDirectoryName(TestCluster.Program)!, moved])).MustSucceed();
        var node = await network.RunAsync("worker1", Path.Combine(moved, "ballast"), "upgrade", "node", "--root-dir", network.Root("worker1"));
        Assert.Contains("This host is done", node.MustSucceed().Output, StringComparison.Ordinal);
        Assert.DoesNotContain("SchedulingDisabled", (await KubectlAsync(network, "get", "nodes")).Output, StringComparison.Ordinal);

        await BackupIsProvenAsync(network);
        await BackupsAreLedWithoutTheFrontAsync(network);
        await TakenBackAsync(network);
    }

    private static string BackupKey(HostNetwork network) => Path.Combine(network.Folder, "backup.key");

    private static string Backups(HostNetwork network) => Path.Combine(network.Folder, "backups");

    private static async Task ScheduleAsync(HostNetwork network)
    {
        await File.WriteAllTextAsync(BackupKey(network), "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", Cancel);
        File.SetUnixFileMode(BackupKey(network), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        (await BallastAsync(network, "cp1", "etcd", "snapshot", "schedule", "30 2 1 1 *", "--target", Backups(network), "--key", BackupKey(network))).MustSucceed();
    }

    /// <summary>What needs a client alone is done; what changes the hosts of etcd is not, and the way is named.</summary>
    private static async Task QuorumIsLookedAfterAsync(HostNetwork network)
    {
        Assert.Equal(3, JsonNode.Parse((await BallastAsync(network, "cp2", "etcd", "member", "list", "-o", "json")).MustSucceed().Output)!.AsArray().Count(m => (bool)m!["healthy"]!));
        foreach (var command in new[] { "health", "defrag", "compact", "alarm list", "alarm disarm" })
            (await BallastAsync(network, "cp2", ["etcd", .. command.Split(' ')])).MustSucceed();
        foreach (var command in new[] { "member remove etcd1", "replace", "recover --from cp1 --yes", "snapshot restore x.db --yes" })
        {
            var refused = await BallastAsync(network, "cp2", ["etcd", .. command.Split(' ')]);
            Assert.Equal(2, refused.Code);
            Assert.Contains("etcd is external (https://", refused.Error, StringComparison.Ordinal);
        }
    }

    /// <summary>The one that was due when the schedule was made: taken by a control plane from members on other hosts, restored, and with what lets an API server in.</summary>
    private static async Task BackupIsProvenAsync(HostNetwork network)
    {
        var backup = await TestCluster.EventuallyAsync(async () => JsonNode.Parse((await BallastAsync(network, "cp2", "etcd", "snapshot", "list", "-o", "json")).MustSucceed().Output)!.AsArray()
            .SingleOrDefault(b => (string)b!["verdict"]! != "unproven"), TimeSpan.FromSeconds(60), "the backup is proven");
        Assert.True((string)backup["verdict"]! == "proven", backup.ToJsonString());
        var opened = Path.Combine(network.Folder, "opened");
        (await network.RunAsync("cp1", TestCluster.Program, "etcd", "snapshot", "pki", Path.Combine(Backups(network), (string)backup["pki"]!), "--key", BackupKey(network), "--to", opened)).MustSucceed();
        foreach (var file in new[] { "ca.key", "sa.key", "etcd/ca.crt", "apiserver-etcd-client.key" })
            Assert.Equal(await File.ReadAllTextAsync($"{network.Root("cp1")}/etc/kubernetes/pki/{file}", Cancel), await File.ReadAllTextAsync($"{opened}/etc/kubernetes/pki/{file}", Cancel));
    }

    /// <summary>The one in front is gone: whoever leads renews its lease through its own.</summary>
    private static async Task BackupsAreLedWithoutTheFrontAsync(HostNetwork network)
    {
        await network.KillAsync(LoadBalancer);
        var before = await LeaseAsync(network);
        await TestCluster.EventuallyAsync(async () => await LeaseAsync(network) is { Length: > 0 } now && now != before, TimeSpan.FromSeconds(20), "the lease is renewed");
        await StartFrontAsync(network);
    }

    private static async Task<string> LeaseAsync(HostNetwork network) => (await network.RunAsync("cp1", "kubectl", "--kubeconfig", $"{network.Root("cp1")}/etc/kubernetes/super-admin.conf",
        "get", "lease", "backup-controller", "-n", "kube-system", "-o", "jsonpath={.spec.renewTime}")).Output;

    /// <summary>Back to a snapshot as the runbook has it, while somebody reads: no resourceVersion goes back.</summary>
    private static async Task TakenBackAsync(HostNetwork network)
    {
        await TestCluster.EventuallyAsync(async () => (await KubectlAsync(network, "create", "configmap", "kept")).Code == 0, TimeSpan.FromSeconds(20), "the one in front is back");
        var (snapshot, raised) = (Path.Combine(network.Folder, "kept.db"), Path.Combine(network.Folder, "raised.db"));
        (await BallastAsync(network, "cp2", "etcd", "snapshot", "save", snapshot)).MustSucceed();
        var old = long.Parse((await KubectlAsync(network, "create", "configmap", "gone", "-o", "jsonpath={.metadata.resourceVersion}")).MustSucceed().Output, CultureInfo.InvariantCulture);
        var reader = await StartReaderAsync(network);

        Assert.Contains("begins with revision ", (await BallastAsync(network, "cp1", "etcd", "snapshot", "raise", snapshot, raised)).MustSucceed().Output, StringComparison.Ordinal);
        Assert.Contains("raised.db is there already", (await BallastAsync(network, "cp1", "etcd", "snapshot", "raise", snapshot, raised)).Error, StringComparison.Ordinal);
        foreach (var host in ControlPlanes)
            File.Move($"{network.Root(host)}/etc/kubernetes/manifests/kube-apiserver.yaml", $"{network.Root(host)}/etc/kubernetes/kube-apiserver.yaml");
        await TestCluster.EventuallyAsync(async () => !(await Task.WhenAll(ControlPlanes.Select(h => network.RunsAsync(h, "kube-apiserver")))).Contains(true), TimeSpan.FromSeconds(30), "the API servers end");
        foreach (var (name, _) in Members)
            await network.KillAsync(name);
        foreach (var (name, number) in Members)
        {
            Directory.Move($"{network.Root(name)}/var/lib/etcd", $"{network.Root(name)}/var/lib/etcd.before");
            (await network.RunAsync(name, "etcdctl", "snapshot", "restore", raised, $"--name={name}", $"--data-dir={network.Root(name)}/var/lib/etcd",
                $"--initial-advertise-peer-urls=https://{network.Address(number)}:2380", $"--initial-cluster={InitialCluster(network)}", "--initial-cluster-token=restored")).MustSucceed();
        }
        foreach (var (name, number) in Members)
            await StartEtcdAsync(network, name, number);
        foreach (var host in ControlPlanes)
            File.Move($"{network.Root(host)}/etc/kubernetes/kube-apiserver.yaml", $"{network.Root(host)}/etc/kubernetes/manifests/kube-apiserver.yaml");

        var since = "";
        await TestCluster.EventuallyAsync(async () => (since = (await KubectlAsync(network, "create", "configmap", $"since-{Guid.NewGuid():N}", "-o", "jsonpath={.metadata.resourceVersion}")).Output).Length > 0, TimeSpan.FromSeconds(60), "writes are taken");
        Assert.True(long.Parse(since, CultureInfo.InvariantCulture) > old + 900_000_000, since);
        (await KubectlAsync(network, "get", "configmap", "kept")).MustSucceed();
        Assert.Equal(1, (await KubectlAsync(network, "get", "configmap", "gone")).Code);
        var watch = await KubectlAsync(network, "get", "--raw", $"/api/v1/namespaces/default/configmaps?watch=1&timeoutSeconds=20&resourceVersion={old}");
        Assert.Contains("410", watch.Output + watch.Error, StringComparison.Ordinal);
        await StatusAsync(network, expected: 0);

        var seen = (await File.ReadAllLinesAsync(reader, Cancel)).Select(l => long.Parse(l, CultureInfo.InvariantCulture)).ToList();
        Assert.Equal(seen.Order(), seen);
        Assert.True(seen[0] < old + 900_000_000 && seen[^1] > old + 900_000_000, $"read {seen.Count} times, from {seen[0]} to {seen[^1]}");
    }

    /// <summary>Reads through the endpoint what the newest resourceVersion is, until the end.</summary>
    /// <returns>The file that gets each, one a line.</returns>
    private static async Task<string> StartReaderAsync(HostNetwork network)
    {
        var file = Path.Combine(network.Folder, "read");
        await network.StartAsync("worker1", "sh", "-c",
            """
            while sleep 0.3; do
              version=$(kubectl --kubeconfig "$1" get --raw '/api/v1/namespaces/default/configmaps?limit=1' --request-timeout 3s | sed 's/"items":.*//' | grep -o '"resourceVersion":"[0-9]*"' | tr -cd 0-9)
              [ -z "$version" ] || echo "$version" >>"$2"
            done
            """, "reader", $"{network.Root("cp1")}/etc/kubernetes/admin.conf", file);
        return file;
    }

    private static Task StartFrontAsync(HostNetwork network) => network.StartAsync(LoadBalancer, TestCluster.Program, "load-balancer", $"--bind-address={network.Address(1)}", "--secure-port=6443",
        $"--backends={network.Address(11)}:6443,{network.Address(12)}:6443", $"--certificate-authority={network.Root("cp1")}/etc/kubernetes/pki/ca.crt");

    /// <summary>Each member's own, by the phase that makes them, with the CA of the first.</summary>
    private static async Task CertificatesOfEtcdAsync(HostNetwork network)
    {
        foreach (var (name, number) in Members)
        {
            foreach (var file in name == Members[0].Name ? [] : new[] { "ca.crt", "ca.key" })
                Copy($"{network.Root(Members[0].Name)}/etc/kubernetes/pki/etcd/{file}", $"{network.Root(name)}/etc/kubernetes/pki/etcd/{file}");
            (await network.RunAsync(name, TestCluster.Program, "init", "phase", "certs", "--control-plane-endpoint", network.Address(number), "--node-name", name, "--root-dir", network.Root(name))).MustSucceed();
        }
        foreach (var file in new[] { "etcd/ca.crt", "apiserver-etcd-client.crt", "apiserver-etcd-client.key" })
            Copy($"{network.Root(Members[0].Name)}/etc/kubernetes/pki/{file}", $"{network.Root("cp1")}/etc/kubernetes/pki/{file}");
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(to)!);
        File.Copy(from, to);
    }

    private static async Task StartEtcdAsync(HostNetwork network, string name, int number)
    {
        var (pki, address) = ($"{network.Root(name)}/etc/kubernetes/pki/etcd", network.Address(number));
        await network.StartAsync(name, "etcd", $"--name={name}", $"--data-dir={network.Root(name)}/var/lib/etcd", $"--listen-client-urls=https://{address}:2379", $"--advertise-client-urls=https://{address}:2379",
            $"--listen-peer-urls=https://{address}:2380", $"--initial-advertise-peer-urls=https://{address}:2380",
            $"--initial-cluster={InitialCluster(network)}",
            "--client-cert-auth=true", $"--cert-file={pki}/server.crt", $"--key-file={pki}/server.key", $"--trusted-ca-file={pki}/ca.crt",
            "--peer-client-cert-auth=true", $"--peer-cert-file={pki}/peer.crt", $"--peer-key-file={pki}/peer.key", $"--peer-trusted-ca-file={pki}/ca.crt");
    }

    private static string InitialCluster(HostNetwork network) => string.Join(',', Members.Select(m => $"{m.Name}=https://{network.Address(m.Number)}:2380"));

    private static async Task<string> ConfigurationAsync(HostNetwork network)
    {
        var file = Path.Combine(network.Folder, "kubeadm.yaml");
        await File.WriteAllTextAsync(file,
            $"""
            apiVersion: kubeadm.k8s.io/v1beta4
            kind: ClusterConfiguration
            controlPlaneEndpoint: "{network.Address(1)}:6443"
            etcd:
              external:
                endpoints:
                - https://{network.Address(51)}:2379
                - https://{network.Address(52)}:2379
                - https://{network.Address(53)}:2379
                caFile: /etc/kubernetes/pki/etcd/ca.crt
                certFile: /etc/kubernetes/pki/apiserver-etcd-client.crt
                keyFile: /etc/kubernetes/pki/apiserver-etcd-client.key
            """);
        return file;
    }

    private static Task<ShellResult> InitAsync(HostNetwork network, params string[] arguments) =>
        network.RunAsync("cp1", TestCluster.Program, ["init", .. arguments, "--node-name", "cp1", "--root-dir", network.Root("cp1"), "--wait", "60s"]);

    private static async Task JoinWithFileAsync(HostNetwork network, string init, string host, bool controlPlane)
    {
        var join = JoinLine().Match(init);
        var file = Path.Combine(network.Folder, $"{host}.yaml");
        await File.WriteAllTextAsync(file,
            $"""
            apiVersion: kubeadm.k8s.io/v1beta4
            kind: JoinConfiguration
            discovery:
              bootstrapToken:
                apiServerEndpoint: {join.Groups["endpoint"].Value}
                token: {join.Groups["token"].Value}
                caCertHashes:
                - {join.Groups["hash"].Value}
            nodeRegistration:
              name: {host}
            {(controlPlane ? $"controlPlane:\n  certificateKey: {join.Groups["key"].Value}" : "")}
            """);
        (await network.RunAsync(host, TestCluster.Program, "join", "--config", file, "--root-dir", network.Root(host), "--wait", "60s")).MustSucceed();
    }

    private static async Task<JsonObject> StatusAsync(HostNetwork network, int expected)
    {
        JsonObject? status = null;
        await TestCluster.EventuallyAsync(async () =>
        {
            var asked = await network.RunAsync("cp1", TestCluster.Program, "status", "-o", "json", "--root-dir", network.Root("cp1"));
            status = asked.Output.Length > 0 ? JsonNode.Parse(asked.Output)!.AsObject() : null;
            return asked.Code == expected;
        }, TimeSpan.FromSeconds(30), $"status ends with {expected}");
        return status!;
    }

    private static Task<ShellResult> BallastAsync(HostNetwork network, string host, params string[] arguments) =>
        network.RunAsync(host, TestCluster.Program, [.. arguments, "--root-dir", network.Root(host)]);

    private static Task<ShellResult> UpgradeAsync(HostNetwork network, string host, params string[] arguments) =>
        network.RunAsync(host, TestCluster.Program, ["upgrade", .. arguments, "--root-dir", network.Root(host)]);

    private static Task<string> ManifestAsync(HostNetwork network, string host) =>
        File.ReadAllTextAsync($"{network.Root(host)}/etc/kubernetes/manifests/kube-controller-manager.yaml", TestContext.Current.CancellationToken);

    private static Task<ShellResult> KubectlAsync(HostNetwork network, params string[] arguments) =>
        network.RunAsync("cp1", "kubectl", ["--kubeconfig", $"{network.Root("cp1")}/etc/kubernetes/admin.conf", .. arguments]);

    [GeneratedRegex(@"join (?<endpoint>\S+) --token (?<token>\S+) --discovery-token-ca-cert-hash (?<hash>\S+) --control-plane --certificate-key (?<key>\S+)", RegexOptions.ExplicitCapture)]
    private static partial Regex JoinLine();
}
