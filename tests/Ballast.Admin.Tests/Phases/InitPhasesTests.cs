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
