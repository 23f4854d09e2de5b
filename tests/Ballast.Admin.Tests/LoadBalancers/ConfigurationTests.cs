using System.Diagnostics;
using System.Runtime.CompilerServices;
using Ballast.Admin.Clusters;
using Ballast.Admin.Hosts;
using Ballast.Admin.LoadBalancers;
using Ballast.Admin.Pki;
using Ballast.Admin.Prerequisites;

namespace Ballast.Admin.Tests.LoadBalancers;

/// <summary>The configurations are in golden files, which the real programs accept.</summary>
public sealed class ConfigurationTests
{
    private static readonly HAProxyConfig HAProxy = new("*:6443", "127.0.0.1:8404", "/etc/kubernetes/pki/ca.crt",
        [("control-plane-1", "192.0.2.11:6443"), ("control-plane-2", "192.0.2.12:6443"), ("control-plane-3", "192.0.2.13:6443")]);

    private static readonly KeepalivedConfig Keepalived = KeepalivedConfig.Create("192.0.2.10/24", "eth0") with
    {
        Source = "192.0.2.1",
        Peers = ["192.0.2.2", "192.0.2.3"],
        Password = "ballast1",
    };

    [Fact]
    public async Task HAProxys_reads_as_its_golden_file()
    {
        Assert.Equal(await GoldenAsync("haproxy.cfg"), HAProxy.Render());
        using var folder = new TemporaryFolder();
        new ControlPlanePki(new HostPaths(folder.Path), KeyAlgorithm.EcdsaP256, TimeProvider.System).EnsureShared();
        var file = Path.Combine(folder.Path, "haproxy.cfg");
        await File.WriteAllTextAsync(file, (HAProxy with { CertificateAuthority = new HostPaths(folder.Path).Pki("ca.crt") }).Render(), TestContext.Current.CancellationToken);
        Assert.Equal((0, ""), await RunAsync("haproxy", "-q", "-c", "-f", file));
        await File.WriteAllTextAsync(file, (HAProxy with { CertificateAuthority = "/nowhere/ca.crt" }).Render(), TestContext.Current.CancellationToken);
        Assert.NotEqual(0, (await RunAsync("haproxy", "-q", "-c", "-f", file)).Code);
    }

    [Fact]
    public async Task Keepaliveds_reads_as_its_golden_file()
    {
        Assert.Equal(await GoldenAsync("keepalived.conf"), Keepalived.Render());
        var multicast = KeepalivedConfig.Create("192.0.2.10/24", "eth0").Render();
        Assert.DoesNotContain("unicast", multicast, StringComparison.Ordinal);
        Assert.DoesNotContain("authentication", multicast, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 51, "192.0.2.1", "ballast1", "--priority 0 is out of range")]
    [InlineData(100, 256, "192.0.2.1", "ballast1", "--router-id 256 is out of range")]
    [InlineData(100, 51, null, "ballast1", "--peers needs --source")]
    [InlineData(100, 51, "here", "ballast1", "\"here\" among --source and --peers is not an IP address")]
    [InlineData(100, 51, "192.0.2.1", "ninechars", "1 to 8 characters")]
    public void Keepaliveds_mistakes_are_named(int priority, int router, string? source, string password, string sentence)
    {
        var mistake = Assert.Throws<ClusterException>((Keepalived with { Priority = priority, VirtualRouterId = router, Source = source, Password = password }).Check);
        Assert.Contains(sentence, mistake.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("192.0.2.10", "eth0")]
    [InlineData("192.0.2.10/33", "eth0")]
    [InlineData("name/24", "eth0")]
    [InlineData("192.0.2.10/24", "")]
    [InlineData("192.0.2.10/24", "eth 0")]
    public void The_virtual_address_has_a_prefix_and_an_interface(string vip, string link) =>
        Assert.Equal(2, Assert.Throws<ClusterException>(() => KeepalivedConfig.Create(vip, link)).ExitCode);

    private static Task<string> GoldenAsync(string name, [CallerFilePath] string here = "") =>
        File.ReadAllTextAsync(Path.Combine(Path.GetDirectoryName(here)!, "Golden", name), TestContext.Current.CancellationToken);

    private static async Task<(int Code, string Error)> RunAsync(string program, params string[] arguments)
    {
        var path = DebianPackages.Find(program);
        Assert.True(path is not null, $"the test needs {program}: apt-get install {program}");
        using var process = Process.Start(new ProcessStartInfo(path, arguments) { RedirectStandardError = true })!;
        var error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, error.Trim());
    }
}
