using System.Text.RegularExpressions;
using Ballast.Integration.Tests.Clusters;

namespace Ballast.Integration.Tests.Hosts;

/// <summary>Three control planes on hosts of their own behind a load balancer, made by <c>init</c> and <c>join</c> with the built program.</summary>
internal sealed partial class Machines(HostNetwork network)
{
    private const string LoadBalancer = "lb";

    private static readonly (string Name, int Number)[] ControlPlanes = [("cp1", 11), ("cp2", 12), ("cp3", 13)];

    public static async Task<HostNetwork> NetworkAsync(params (string Name, int Number)[] workers) => await HostNetwork.CreateAsync([(LoadBalancer, 1), .. ControlPlanes, .. workers]);

    /// <summary>The first control plane, and what the others join with.</summary>
    public async Task<string[]> InitAsync(string host)
    {
        (await BallastAsync(host, "init", "phase", "certs", "--control-plane-endpoint", network.Address(1), "--node-name", host)).MustSucceed();
        await network.StartAsync(LoadBalancer, TestCluster.Program, "load-balancer", $"--bind-address={network.Address(1)}", "--secure-port=6443",
            $"--backends={string.Join(',', ControlPlanes.Select(h => $"{network.Address(h.Number)}:6443"))}", $"--certificate-authority={network.Root(host)}/etc/kubernetes/pki/ca.crt");
        var init = (await BallastAsync(host, "init", "--control-plane-endpoint", network.Address(1), "--node-name", host, "--wait", "60s")).MustSucceed();
        return JoinLine().Match(init.Output).Groups["arguments"].Value.Split(' ');
    }

    /// <summary>Uploads what control planes share; the key to it.</summary>
    public async Task<string> UploadAsync(string host) =>
        (await BallastAsync(host, "init", "phase", "upload-certs", "--upload-certs", "--control-plane-endpoint", network.Address(1), "--node-name", host)).MustSucceed().Lines[^1];

    public async Task JoinAsync(string host, string[] join, string key) =>
        (await BallastAsync(host, [.. join, "--control-plane", "--certificate-key", key, "--node-name", host, "--wait", "60s"])).MustSucceed();

    public async Task JoinWorkerAsync(string host, string[] join) => (await BallastAsync(host, [.. join, "--node-name", host, "--wait", "60s"])).MustSucceed();

    /// <summary>What others join with from now on.</summary>
    public async Task<string[]> NewJoinAsync() => (await BallastKubeconfigAsync("token", "create", "--print-join-command")).MustSucceed().Output.Trim().Split(' ')[1..];

    /// <summary>Runs a command on a host, for that host.</summary>
    public Task<ShellResult> BallastAsync(string host, params string[] arguments) => network.RunAsync(host, TestCluster.Program, [.. arguments, "--root-dir", network.Root(host)]);

    /// <summary>Runs a command on a host, for that host, and kills it at the moment that is given; its exit code.</summary>
    public Task<int> KilledAsync(string host, Task moment, params string[] arguments) => network.KilledAsync(host, moment, TestCluster.Program, [.. arguments, "--root-dir", network.Root(host)]);

    /// <summary>Runs a command that asks the API, as the administrator.</summary>
    public Task<ShellResult> BallastKubeconfigAsync(params string[] arguments) => network.RunAsync("cp1", TestCluster.Program, [.. arguments, "--kubeconfig", $"{network.Root("cp1")}/etc/kubernetes/admin.conf"]);

    /// <summary>Who the API takes the bearer of a token for.</summary>
    public Task<ShellResult> WhoAmIAsync(string token) =>
        network.RunAsync("cp1", "kubectl", "--kubeconfig", "/dev/null", "--server", $"https://{network.Address(1)}:6443", "--certificate-authority", $"{network.Root("cp1")}/etc/kubernetes/pki/ca.crt", "--token", token, "auth", "whoami");

    public Task<ShellResult> KubectlAsync(params string[] arguments) => network.RunAsync("cp1", "kubectl", ["--kubeconfig", $"{network.Root("cp1")}/etc/kubernetes/admin.conf", .. arguments]);

    /// <summary>The names of the members with a vote, as the commands on a host see them, once there are so many.</summary>
    public Task VotersAsync(string host, params string[] names) => TestCluster.EventuallyAsync(async () =>
    {
        var members = (await BallastAsync(host, "etcd", "member", "list")).MustSucceed().Lines.Skip(1).Select(l => ColumnGap().Split(l)).ToArray();
        return members.All(m => m[4] == "yes" && m[5] == "yes") && members.Select(m => m[1]).Order(StringComparer.Ordinal).SequenceEqual(names);
    }, TimeSpan.FromSeconds(20), $"{string.Join(", ", names)} are the members, and healthy");

    /// <summary>Its power goes, and its disk with it.</summary>
    public async Task LoseAsync(string host)
    {
        await network.KillAsync(host);
        Directory.Delete(network.Root(host), recursive: true);
    }

    [GeneratedRegex(@"^  ballast (?<arguments>join .*)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex JoinLine();

    [GeneratedRegex("   +")]
    private static partial Regex ColumnGap();
}
