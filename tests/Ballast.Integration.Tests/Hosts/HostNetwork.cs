using System.Diagnostics;
using System.Globalization;
using Ballast.Integration.Tests.Clusters;

namespace Ballast.Integration.Tests.Hosts;

/// <summary>
/// Separate hosts on one machine: each is a network namespace with an address of its own on a common bridge, and a root folder of its own. Disposing ends whatever runs
/// in them, by its id, and takes namespaces and bridge away.
/// </summary>
public sealed class HostNetwork : IAsyncDisposable
{
    private readonly string _id = $"bt{Random.Shared.Next(36 * 36 * 36).ToString("x", CultureInfo.InvariantCulture)}";
    private readonly int _subnet = Random.Shared.Next(1, 250);
    private readonly List<string> _hosts = [];

    private HostNetwork()
    {
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("ballast-hosts-").FullName;

    /// <summary>Makes hosts that reach each other and nothing else.</summary>
    public static async Task<HostNetwork> CreateAsync(params (string Name, int Number)[] hosts)
    {
        var network = new HostNetwork();
        try
        {
            await network.IpAsync("link", "add", network.Bridge, "type", "bridge");
            await network.IpAsync("link", "set", network.Bridge, "up");
            foreach (var (name, number) in hosts)
                await network.AddAsync(name, number);
            return network;
        }
        catch
        {
            await network.DisposeAsync();
            throw;
        }
    }

    private string Bridge => $"{_id}br";

    public string Address(int number) => $"10.213.{_subnet}.{number}";

    public string Root(string host) => Path.Combine(Folder, host);

    /// <summary>Runs a program on a host.</summary>
    public Task<ShellResult> RunAsync(string host, string program, params string[] arguments) =>
        Shell.RunAsync("ip", ["netns", "exec", Namespace(host), program, .. arguments],
            new Dictionary<string, string> { ["KUBECONFIG"] = "", ["ETCDCTL_API"] = "3", ["HOME"] = Folder }, limit: TimeSpan.FromSeconds(120));

    /// <summary>Starts a program on a host that goes on until the end.</summary>
    public async Task StartAsync(string host, string program, params string[] arguments) =>
        (await Shell.RunAsync("ip", ["netns", "exec", Namespace(host), "sh", "-c", "setsid --fork \"$@\" </dev/null >/dev/null 2>&1", "sh", program, .. arguments])).MustSucceed();

    /// <summary>Starts a program on a host that the caller ends: <c>ip</c> becomes it.</summary>
    public Process Start(string host, string program, params string[] arguments) =>
        Process.Start(new ProcessStartInfo("ip", ["netns", "exec", Namespace(host), program, .. arguments]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, Environment = { ["KUBECONFIG"] = "", ["HOME"] = Folder } })!;

    /// <summary>Runs a program on a host, without input, and kills it (SIGKILL) at the moment that is given.</summary>
    /// <returns>Its exit code: 137 where it was killed, and had not ended before.</returns>
    public async Task<int> KilledAsync(string host, Task moment, string program, params string[] arguments)
    {
        using var process = Start(host, program, arguments);
        process.StandardInput.Close();
        // It must not wait for somebody to read.
        var said = Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        var ended = process.WaitForExitAsync(TestContext.Current.CancellationToken);
        await Task.WhenAny(moment, ended);
        process.Kill(entireProcessTree: false);
        await ended;
        await said;
        return process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        // What keeps others running may start some more meanwhile: until nothing is left.
        for (var round = 0; round < 50 && await KillAllAsync(); round++)
            await Task.Delay(100, CancellationToken.None);
        foreach (var host in _hosts)
            await Shell.RunAsync("ip", ["netns", "del", Namespace(host)]);
        await Shell.RunAsync("ip", ["link", "del", Bridge]);
        Directory.Delete(Folder, recursive: true);
    }

    /// <summary>The hosts that have an address on their interface now.</summary>
    public Task<string[]> HoldersAsync(int number, params string[] among) => HoldersAsync(Address(number), among);

    public async Task<string[]> HoldersAsync(string address, params string[] among)
    {
        var holders = new List<string>();
        foreach (var host in among)
        {
            if ((await Shell.RunAsync("ip", ["-n", Namespace(host), "-o", "address", "show", "dev", "eth0", "to", address])).MustSucceed().Lines.Length > 0)
                holders.Add(host);
        }
        return [.. holders];
    }

    /// <summary>Whether a program runs on a host.</summary>
    public Task<bool> RunsAsync(string host, string program) => SignalAsync(host, program, "0");

    /// <summary>Sends a signal to one program of a host, by its processes' ids. False where there is none.</summary>
    public async Task<bool> SignalAsync(string host, string program, string signal)
    {
        var found = false;
        foreach (var pid in (await Shell.RunAsync("ip", ["netns", "pids", Namespace(host)])).Lines)
        {
            if (!File.Exists($"/proc/{pid}/cmdline") || !(await File.ReadAllTextAsync($"/proc/{pid}/cmdline")).Replace('\0', ' ').Contains(program, StringComparison.Ordinal))
                continue;
            await Shell.RunAsync("kill", [$"-{signal}", pid]);
            found = true;
        }
        return found;
    }

    /// <summary>Ends whatever runs on a host, by its id, until nothing is left.</summary>
    public async Task KillAsync(string host)
    {
        for (var round = 0; round < 50 && await KillOnceAsync(host); round++)
            await Task.Delay(50, CancellationToken.None);
    }

    /// <summary>From now on this process reaches the hosts, too.</summary>
    public Task OpenAsync() => IpAsync("address", "add", $"{Address(254)}/24", "dev", Bridge);

    /// <summary>Pulls the host's cable: it goes on, and nobody hears of it.</summary>
    public Task CutAsync(string host) => IpAsync("-n", Namespace(host), "link", "set", "eth0", "down");

    /// <summary>Puts the cable back.</summary>
    public Task MendAsync(string host) => IpAsync("-n", Namespace(host), "link", "set", "eth0", "up");

    private async Task<bool> KillAllAsync()
    {
        var found = false;
        foreach (var host in _hosts)
            found |= await KillOnceAsync(host);
        return found;
    }

    private async Task<bool> KillOnceAsync(string host)
    {
        var pids = (await Shell.RunAsync("ip", ["netns", "pids", Namespace(host)])).Lines;
        if (pids.Length > 0)
            await Shell.RunAsync("kill", ["-9", .. pids]);
        return pids.Length > 0;
    }

    private async Task AddAsync(string name, int number)
    {
        var (ns, link) = (Namespace(name), $"{_id}v{number}");
        await IpAsync("netns", "add", ns);
        _hosts.Add(name);
        await IpAsync("link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", ns);
        await IpAsync("link", "set", link, "master", Bridge, "up");
        await IpAsync("-n", ns, "address", "add", $"{Address(number)}/24", "dev", "eth0");
        await IpAsync("-n", ns, "link", "set", "eth0", "up");
        await IpAsync("-n", ns, "link", "set", "lo", "up");
    }

    private string Namespace(string host) => $"{_id}-{host}";

    private async Task IpAsync(params string[] arguments) => (await Shell.RunAsync("ip", arguments)).MustSucceed();
}
