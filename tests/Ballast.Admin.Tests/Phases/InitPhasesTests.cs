using System.Net;
using System.Net.Sockets;
using Ballast.Admin.Clusters;
using Ballast.Admin.Configuration;
using Ballast.Admin.Hosts;
using Ballast.Admin.Phases;
using Ballast.Admin.Tokens;

namespace Ballast.Admin.Tests.Phases;

public sealed class InitPhasesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly NoSteps _steps = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private Host Host => new("cp1", IPAddress.Parse("127.0.9.77"), new HostPaths(_folder.Path));

    private static InitConfiguration Init => new()
    {
        Cluster = new() { ControlPlaneEndpoint = "127.0.9.70:6443", ApiServerArguments = [KeyValuePair.Create("allow-privileged", "false")] },
        Tokens = [BootstrapToken.Parse("abcdef.0123456789abcdef")],
    };

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_rehearsal_lists_every_file_that_the_phases_write_and_writes_nothing()
    {
        await RunAsync(null, dryRun: true);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
        var listed = _steps.Told.Select(t => t.Trim()).Where(t => t.StartsWith(_folder.Path, StringComparison.Ordinal)).ToHashSet();
        foreach (var phase in (string[])["certs", "kubeconfig", "etcd", "control-plane"])
            await RunAsync(phase);
        foreach (var file in Directory.EnumerateFiles(_folder.Path, "*", SearchOption.AllDirectories))
            Assert.Contains(file, listed);
        Assert.DoesNotContain("0123456789abcdef", string.Join('\n', _steps.Told), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_phase_can_be_run_again_and_changes_nothing()
    {
        await RunAsync("certs");
        var before = Contents();
        await RunAsync("certs");
        Assert.Equal(before, Contents());
    }

    [Fact]
    public async Task Parts_of_phases_can_be_run_alone_and_left_out()
    {
        await RunAsync("certs/ca");
        Assert.Equal(["ca.crt", "ca.key"], Directory.EnumerateFiles(Host.Paths.Pki("")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        await RunAsync("certs/apiserver");
        await RunAsync("kubeconfig/kubelet");
        await RunAsync("control-plane/scheduler");
        Assert.True(File.Exists(Host.Paths.Pki("apiserver.crt")) && File.Exists(Host.Paths.Kubeconfig("kubelet.conf")) && !File.Exists(Host.Paths.Pki("sa.key")));
        Assert.Equal(["kube-scheduler.yaml"], Directory.EnumerateFiles(Host.Paths.Manifests).Select(Path.GetFileName));

        var rest = HostPhases.Without(HostPhases.Init, ["certs/sa", "addon/kube-proxy", "preflight"]);
        Assert.DoesNotContain(rest, p => p.Name is "preflight" or "sa" or "kube-proxy" or "certs" or "addon");
        Assert.Contains(rest, p => p.Name == "coredns");
        var missing = Assert.Throws<ClusterException>(() => HostPhases.Find(HostPhases.Init, "certs/apiservr"));
        Assert.Equal((2, "there is no phase \"apiservr\", did you mean \"apiserver\"?"), (missing.ExitCode, missing.Message));
    }

    [Fact]
    public void The_phases_are_kubeadms_in_its_order_and_the_load_balancer_of_the_host() =>
        Assert.Equal(["preflight", "certs", "kubeconfig", "etcd", "control-plane", "kubelet-start", "wait-control-plane", "upload-config", "upload-certs", "mark-control-plane", "bootstrap-token", "kubelet-finalize", "addon"],
            HostPhases.Init.Select(p => p.Name).Except(["load-balancer"]));

    [Fact]
    public void A_host_takes_what_kubelets_have_in_common_and_adds_its_own()
    {
        var text = SharedKubeletConfiguration.On(Host, SharedKubeletConfiguration.Default + "maxPods: 42\n");
        foreach (var line in (string[])["maxPods: 42", "address: 127.0.9.77", $"staticPodPath: {Host.Paths.Manifests}", $"    clientCAFile: {Host.Paths.Pki("ca.crt")}", "rotateCertificates: true"])
            Assert.Contains(line, text.Split('\n'));
        Assert.Throws<ClusterException>(() => SharedKubeletConfiguration.On(Host, "- a list\n"));
    }

    [Fact]
    public async Task Once_the_kubelet_has_renewed_its_certificate_its_kubeconfig_names_that()
    {
        await RunAsync("certs/ca");
        await RunAsync("kubeconfig/kubelet");
        var before = await File.ReadAllTextAsync(Host.Paths.Kubeconfig("kubelet.conf"), Cancel);
        await RunAsync("kubelet-finalize");
        Assert.Equal(before, await File.ReadAllTextAsync(Host.Paths.Kubeconfig("kubelet.conf"), Cancel));
        var renewed = Path.Combine(Host.Paths.KubeletData, "pki/kubelet-client-current.pem");
        Directory.CreateDirectory(Path.GetDirectoryName(renewed)!);
        await File.WriteAllTextAsync(renewed, "", Cancel);
        await RunAsync("kubelet-finalize");
        var lines = await File.ReadAllLinesAsync(Host.Paths.Kubeconfig("kubelet.conf"), Cancel);
        Assert.Contains($"    client-certificate: {renewed}", lines);
        Assert.Contains($"    client-key: {renewed}", lines);
        Assert.DoesNotContain(lines, l => l.Contains("-data: ", StringComparison.Ordinal) && l.Contains("client-", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Flags_of_the_configuration_win_over_the_usual_ones()
    {
        await RunAsync("control-plane");
        var manifest = await File.ReadAllTextAsync(Host.Paths.Manifest("kube-apiserver"), Cancel);
        Assert.Contains("--allow-privileged=false", manifest, StringComparison.Ordinal);
        Assert.DoesNotContain("--allow-privileged=true", manifest, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Preflight_names_a_port_that_is_taken_and_foreign_data()
    {
        using var taken = new TcpListener(Host.Address, 10250);
        taken.Start();
        Directory.CreateDirectory(Path.Combine(Host.Paths.EtcdData, "member"));
        var refusal = await Assert.ThrowsAsync<ClusterException>(() => RunAsync("preflight"));
        Assert.Contains("[Port-10250]", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("[DirAvailable--var-lib-etcd]", refusal.Message, StringComparison.Ordinal);
        await RunAsync("preflight", "Port-10250", "DirAvailable--var-lib-etcd");
        Assert.Contains(_steps.Warnings, w => w.StartsWith("[Port-10250]", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_host_of_another_cluster_is_refused()
    {
        await RunAsync("certs");
        await RunAsync("kubeconfig");
        await RunAsync("preflight");
        var other = Init with { Cluster = Init.Cluster with { ControlPlaneEndpoint = "127.0.9.71:6443" } };
        Assert.Contains("is of another cluster", (await Assert.ThrowsAsync<ClusterException>(() => RunAsync("preflight", other))).Message, StringComparison.Ordinal);
    }

    private Task RunAsync(string? phase, params string[] ignored) => RunAsync(phase, Init with { Host = new() { IgnorePreflightErrors = ignored } });

    private Task RunAsync(string? phase, bool dryRun) => RunAsync(phase, Init, dryRun);

    private Task RunAsync(string? phase, InitConfiguration init, bool dryRun = false) =>
        new HostInit(Host, "/usr/local/bin/ballast", _steps, TimeProvider.System).RunAsync(init, null, phase, dryRun, TimeSpan.FromSeconds(5), Cancel);

    private Dictionary<string, string> Contents() =>
        Directory.EnumerateFiles(_folder.Path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToDictionary(f => f, File.ReadAllText);
}
