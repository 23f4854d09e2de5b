using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Ballast.Integration.Tests.Clusters;

namespace Ballast.Integration.Tests.Hosts;

/// <summary>A cluster whose etcd has hosts of its own and is looked after by somebody else, as kubeadm's <c>etcd.external</c> says it; made with files of kubeadm's.</summary>
public sealed partial class ExternalEtcdTests
{
    private const string LoadBalancer = "lb";
    private static readonly (string Name, int Number)[] Members = [("etcd1", 51), ("etcd2", 52), ("etcd3", 53)];

    [Fact]
    public async Task Control_planes_with_an_external_etcd_are_made_told_apart_and_upgraded_in_turn()
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
        await network.StartAsync(LoadBalancer, TestCluster.Program, "load-balancer", $"--bind-address={network.Address(1)}", "--secure-port=6443",
            $"--backends={network.Address(11)}:6443,{network.Address(12)}:6443", $"--certificate-authority={network.Root("cp1")}/etc/kubernetes/pki/ca.crt");
        var init = (await InitAsync(network, "--config", config, "--upload-certs")).MustSucceed();
        Assert.False(File.Exists($"{network.Root("cp1")}/etc/kubernetes/manifests/etcd.yaml"));
        Assert.False(File.Exists($"{network.Root("cp1")}/etc/kubernetes/pki/etcd/ca.key"));
        await JoinWithFileAsync(network, init.Output, "cp2", controlPlane: true);
        await JoinWithFileAsync(network, init.Output, "worker1", controlPlane: false);
        // A joined host's kubelet registers its node by itself, a moment later.
        await TestCluster.EventuallyAsync(async () => (await KubectlAsync(network, "get", "node", "worker1")).Code == 0, TimeSpan.FromSeconds(30), "worker1 is registered");

        // What each loss would do, before and after one.
        var status = await StatusAsync(network, expected: 0);
        Assert.Equal("external", (string)status["topology"]!);
        Assert.Equal(3, status["etcd"]!.AsArray().Count(m => (bool)m!["healthy"]!));
        Assert.All(status["budget"]!["losses"]!.AsArray(), loss => Assert.True((bool)loss!["survives"]!, loss.ToJsonString()));
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
    }

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
            $"--initial-cluster={string.Join(',', Members.Select(m => $"{m.Name}=https://{network.Address(m.Number)}:2380"))}",
            "--client-cert-auth=true", $"--cert-file={pki}/server.crt", $"--key-file={pki}/server.key", $"--trusted-ca-file={pki}/ca.crt",
            "--peer-client-cert-auth=true", $"--peer-cert-file={pki}/peer.crt", $"--peer-key-file={pki}/peer.key", $"--peer-trusted-ca-file={pki}/ca.crt");
    }

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

    private static Task<ShellResult> UpgradeAsync(HostNetwork network, string host, params string[] arguments) =>
        network.RunAsync(host, TestCluster.Program, ["upgrade", .. arguments, "--root-dir", network.Root(host)]);

    private static Task<string> ManifestAsync(HostNetwork network, string host) =>
        File.ReadAllTextAsync($"{network.Root(host)}/etc/kubernetes/manifests/kube-controller-manager.yaml", TestContext.Current.CancellationToken);

    private static Task<ShellResult> KubectlAsync(HostNetwork network, params string[] arguments) =>
        network.RunAsync("cp1", "kubectl", ["--kubeconfig", $"{network.Root("cp1")}/etc/kubernetes/admin.conf", .. arguments]);

    [GeneratedRegex(@"join (?<endpoint>\S+) --token (?<token>\S+) --discovery-token-ca-cert-hash (?<hash>\S+) --control-plane --certificate-key (?<key>\S+)", RegexOptions.ExplicitCapture)]
    private static partial Regex JoinLine();
}
