using System.Diagnostics;
using Ballast.Integration.Tests.Clusters;
using k8s;

namespace Ballast.Integration.Tests.Hosts;

/// <summary>Two load balancers with one address between them, on hosts of their own: the address moves when the active one dies, and no acknowledged write is lost.</summary>
public sealed class VirtualAddressTests
{
    private const int Vip = 10;
    private const string Vip6 = "fd00:213::10";
    private static readonly (string Name, int Number)[] Balancers = [("lb1", 1), ("lb2", 2)];

    /// <summary>HAProxy is what is behind the address both times; first keepalived moves it, then Ballast.</summary>
    [Fact]
    public async Task The_address_moves_with_keepalived_and_with_ballast_while_writes_go_on()
    {
        await using var network = await HostNetwork.CreateAsync([("cp1", 11), ("client", 200), .. Balancers]);
        (await InitAsync(network, "phase", "certs")).MustSucceed();
        foreach (var (name, _) in Balancers)
        {
            await WriteConfigurationAsync(network, name);
            await StartHAProxyAsync(network, name);
            await network.StartAsync(name, "keepalived", "--dont-fork", "--log-console", "-f", InFolder(network, name, "keepalived.conf"),
                "-p", InFolder(network, name, "keepalived.pid"), "-r", InFolder(network, name, "vrrp.pid"), "-c", InFolder(network, name, "checkers.pid"));
        }
        (await InitAsync(network)).MustSucceed();
        await using var writer = await Writer.StartAsync(network);

        var first = await HolderAsync(network, TimeSpan.FromSeconds(10));
        await WritesGoOnAsync(writer);
        await network.SignalAsync(first, "haproxy", "KILL");
        var second = await HolderAsync(network, TimeSpan.FromSeconds(10), not: first);
        await WritesGoOnAsync(writer);
        // A host that dies with its address: its neighbours hear that it is elsewhere.
        await StartHAProxyAsync(network, first);
        await network.CutAsync(second);
        await network.KillAsync(second);
        await WritesGoOnAsync(writer);
        Assert.Equal([first], await network.HoldersAsync(Vip, first));

        // The same without keepalived.
        await network.SignalAsync(first, "keepalived", "TERM");
        await TestCluster.EventuallyAsync(async () => (await network.HoldersAsync(Vip, first)).Length == 0, TimeSpan.FromSeconds(10), "keepalived gives the address back");
        await RemoveAddressAsync(network, second);
        await network.MendAsync(second);
        await StartHAProxyAsync(network, second);
        (await network.RunAsync("cp1", TestCluster.Program, "lb", "kubeconfig", "--root-dir", network.Root("cp1"), "-o", InFolder(network, "cp1", "load-balancer.conf"))).MustSucceed();
        foreach (var (name, _) in Balancers)
            await StartVipAsync(network, name, $"{network.Address(Vip)}/24");
        var holder = await HolderAsync(network, TimeSpan.FromSeconds(10));
        await WritesGoOnAsync(writer);

        await network.SignalAsync(holder, "haproxy", "KILL");
        var next = await HolderAsync(network, TimeSpan.FromSeconds(15), not: holder);
        await WritesGoOnAsync(writer);
        await StartHAProxyAsync(network, holder);
        // An IPv6 address beside it, which the client has seen.
        await StartVipAsync(network, next, $"{Vip6}/64");
        await TestCluster.EventuallyAsync(async () => (await network.HoldersAsync(Vip6, next)).Length == 1, TimeSpan.FromSeconds(10), "it has the IPv6 address too");
        await network.RunAsync("client", "ip", "-6", "address", "add", "fd00:213::200/64", "dev", "eth0", "nodad");
        await TestCluster.EventuallyAsync(async () => await network.RunAsync("client", "curl", "--silent", "--max-time", "1", $"http://[{Vip6}]:9/") is { } && await NeighbourAsync(network) == await HardwareAsync(network, next),
            TimeSpan.FromSeconds(10), "the client knows where it is");
        await StartVipAsync(network, holder, $"{Vip6}/64");

        // Nobody is left to take the address away: the kernel does, before the other one has it.
        await network.SignalAsync(next, " lb vip ", "KILL");
        Assert.Equal(holder, await HolderAsync(network, TimeSpan.FromSeconds(15), not: next));
        await WritesGoOnAsync(writer);
        // The client has asked nobody: it was told.
        await TestCluster.EventuallyAsync(async () => await NeighbourAsync(network) == await HardwareAsync(network, holder), TimeSpan.FromSeconds(10), "the client hears where the IPv6 address is");
        Assert.Equal([holder], await network.HoldersAsync(Vip6, [.. Balancers.Select(b => b.Name)]));

        // Told to end it hands over at once.
        await StartVipAsync(network, next, $"{network.Address(Vip)}/24");
        await Task.Delay(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);
        var told = Stopwatch.StartNew();
        await network.SignalAsync(holder, " lb vip ", "TERM");
        Assert.Equal(next, await HolderAsync(network, TimeSpan.FromSeconds(10), not: holder));
        Assert.InRange(told.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(5));
        await WritesGoOnAsync(writer);

        await writer.StopAsync();
        var there = (await network.RunAsync("cp1", "kubectl", "--kubeconfig", $"{network.Root("cp1")}/etc/kubernetes/super-admin.conf", "get", "configmaps", "-o", "name")).MustSucceed().Lines.ToHashSet();
        Assert.All(writer.Acknowledged, name => Assert.Contains($"configmap/{name}", there));
    }

    private static string InFolder(HostNetwork network, string host, string file) => Path.Combine(Directory.CreateDirectory(network.Root(host)).FullName, file);

    private static Task<ShellResult> InitAsync(HostNetwork network, params string[] arguments) => network.RunAsync("cp1", TestCluster.Program,
        ["init", .. arguments, "--control-plane-endpoint", network.Address(Vip), "--node-name", "cp1", "--root-dir", network.Root("cp1"), "--wait", "60s"]);

    private static async Task WriteConfigurationAsync(HostNetwork network, string host)
    {
        (await Shell.RunAsync(TestCluster.Program, ["lb", "config", "haproxy", "--backends", $"{network.Address(11)}:6443", "--certificate-authority", $"{network.Root("cp1")}/etc/kubernetes/pki/ca.crt",
            "-o", InFolder(network, host, "haproxy.cfg")])).MustSucceed();
        (await Shell.RunAsync(TestCluster.Program, ["lb", "config", "keepalived", "--vip", $"{network.Address(Vip)}/24", "--interface", "eth0", "--source", network.Address(Balancers.Single(b => b.Name == host).Number),
            "--peers", string.Join(',', Balancers.Select(b => network.Address(b.Number))), "-o", InFolder(network, host, "keepalived.conf")])).MustSucceed();
    }

    private static async Task StartHAProxyAsync(HostNetwork network, string host)
    {
        // Where Debian's service has its socket.
        Directory.CreateDirectory("/run/haproxy");
        await network.StartAsync(host, "haproxy", "-W", "-db", "-f", InFolder(network, host, "haproxy.cfg"));
    }

    private static Task StartVipAsync(HostNetwork network, string host, string vip) => network.StartAsync(host, TestCluster.Program, "lb", "vip", $"--vip={vip}", "--interface=eth0",
        $"--kubeconfig={InFolder(network, "cp1", "load-balancer.conf")}");

    /// <summary>Where the client believes the IPv6 address to be.</summary>
    private static async Task<string> NeighbourAsync(HostNetwork network) =>
        (await network.RunAsync("client", "ip", "-6", "neighbour", "show", "to", Vip6, "dev", "eth0")).Output.Split(' ') is var words && Array.IndexOf(words, "lladdr") is >= 0 and var at ? words[at + 1] : "";

    private static async Task<string> HardwareAsync(HostNetwork network, string host) => (await network.RunAsync(host, "cat", "/sys/class/net/eth0/address")).MustSucceed().Output.Trim();

    private static async Task RemoveAddressAsync(HostNetwork network, string host) =>
        await network.RunAsync(host, "ip", "address", "delete", $"{network.Address(Vip)}/24", "dev", "eth0");

    /// <summary>The one host with the address; there are never two.</summary>
    private static Task<string> HolderAsync(HostNetwork network, TimeSpan within, string not = "") => TestCluster.EventuallyAsync(async () =>
    {
        var holders = await network.HoldersAsync(Vip, [.. Balancers.Select(b => b.Name)]);
        Assert.True(holders.Length < 2, $"{string.Join(" and ", holders)} have the address");
        return holders is [var holder] && holder != not ? holder : null;
    }, within, $"one host other than \"{not}\" has the address");

    private static async Task WritesGoOnAsync(Writer writer)
    {
        var before = writer.Acknowledged.Count;
        await TestCluster.EventuallyAsync(() => Task.FromResult(writer.Acknowledged.Count > before + 2), TimeSpan.FromSeconds(15), "writes are acknowledged");
    }

    /// <summary>Creates one ConfigMap after the other through the address, each over a connection of its own, and keeps the names of those that were acknowledged.</summary>
    private sealed class Writer(string acknowledged, string stop) : IAsyncDisposable
    {
        /// <summary>Every line is whole: it is written by one call.</summary>
        public IReadOnlyList<string> Acknowledged => File.Exists(acknowledged) ? File.ReadAllLines(acknowledged) : [];

        public static async Task<Writer> StartAsync(HostNetwork network)
        {
            var config = KubernetesClientConfiguration.LoadKubeConfig(new FileInfo($"{network.Root("cp1")}/etc/kubernetes/admin.conf"));
            var credentials = config.Users.Single().UserCredentials;
            string[] files = [InFolder(network, "client", "tls.crt"), InFolder(network, "client", "tls.key"), InFolder(network, "client", "acknowledged"), InFolder(network, "client", "stop")];
            await File.WriteAllBytesAsync(files[0], Convert.FromBase64String(credentials.ClientCertificateData));
            await File.WriteAllBytesAsync(files[1], Convert.FromBase64String(credentials.ClientKeyData));
            await network.StartAsync("client", "sh", "-c",
                """
                i=0
                while [ ! -e "$4" ]; do
                  i=$((i + 1))
                  code=$(curl --silent --output /dev/null --write-out '%{http_code}' --max-time 2 --cacert "$5" --cert "$1" --key "$2" --header 'Content-Type: application/json' \
                    --data "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"write-$i\"}}" "https://$6:6443/api/v1/namespaces/default/configmaps")
                  [ "$code" != 201 ] || echo "write-$i" >>"$3"
                  sleep 0.1
                done
                """, "writer", files[0], files[1], files[2], files[3], $"{network.Root("cp1")}/etc/kubernetes/pki/ca.crt", network.Address(Vip));
            return new(files[2], files[3]);
        }

        public async Task StopAsync()
        {
            await File.WriteAllTextAsync(stop, "");
            // The last request takes two seconds at most.
            await Task.Delay(TimeSpan.FromSeconds(2.5));
        }

        public ValueTask DisposeAsync()
        {
            File.WriteAllText(stop, "");
            return ValueTask.CompletedTask;
        }
    }
}
