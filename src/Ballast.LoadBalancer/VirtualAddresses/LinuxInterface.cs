using System.Diagnostics;
using System.Globalization;
using System.Net.NetworkInformation;
using Ballast.ComponentBase.Commands;

namespace Ballast.LoadBalancer.VirtualAddresses;

/// <summary>An interface of this machine, by <c>ip</c> of iproute2. The kernel counts the address's lifetime: it goes also where this process hangs or was killed.</summary>
internal sealed class LinuxInterface : IInterface
{
    /// <summary>What takes longer is killed: it might put the address there when another host has it.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly VirtualAddress _vip;
    private readonly Action _announce;

    /// <exception cref="UsageException">There is no such interface, or it has no neighbours.</exception>
    public LinuxInterface(VirtualAddress vip)
    {
        var all = NetworkInterface.GetAllNetworkInterfaces();
        var link = all.FirstOrDefault(i => i.Name == vip.Interface)
            ?? throw new UsageException($"--interface={vip.Interface}: this machine has no such interface; it has {string.Join(", ", all.Select(i => i.Name))}", 2);
        var hardware = link.GetPhysicalAddress().GetAddressBytes();
        if (hardware.Length != 6 || link.NetworkInterfaceType == NetworkInterfaceType.Loopback)
            throw new UsageException($"--interface={vip.Interface} is no Ethernet interface: nobody could be told that the address is there", 2);
        _vip = vip;
        _announce = vip.IsIPv6 ? new NeighborAdvertisement(vip.Address, hardware, link.GetIPProperties().GetIPv6Properties().Index).Send
            : new GratuitousArp(vip.Address, hardware, link.GetIPProperties().GetIPv4Properties().Index).Send;
    }

    public async Task KeepAsync(TimeSpan lifetime, CancellationToken cancel)
    {
        var seconds = ((int)lifetime.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        if (await IpAsync(["address", "replace", _vip.ToString(), "dev", _vip.Interface, "valid_lft", seconds, "preferred_lft", seconds, .. WithoutProbe], cancel) is { } error)
            throw new UsageException($"cannot put {_vip} on {_vip.Interface}: {error}");
    }

    public async Task RemoveAsync(CancellationToken cancel)
    {
        if (await IpAsync(["address", "delete", _vip.ToString(), "dev", _vip.Interface], cancel) is { } error && IsThere())
            throw new UsageException($"cannot take {_vip} off {_vip.Interface}: {error}");
    }

    public void Announce() => _announce();

    /// <summary>The kernel would look for a second or two whether another host has an IPv6 address; the lease says that none does.</summary>
    private string[] WithoutProbe => _vip.IsIPv6 ? ["nodad"] : [];

    private bool IsThere() => NetworkInterface.GetAllNetworkInterfaces().Where(i => i.Name == _vip.Interface)
        .SelectMany(i => i.GetIPProperties().UnicastAddresses).Any(a => a.Address.Equals(_vip.Address));

    /// <summary>Null on success, else what it said.</summary>
    private static async Task<string?> IpAsync(string[] arguments, CancellationToken cancel)
    {
        using var ip = Process.Start(new ProcessStartInfo("ip", arguments) { RedirectStandardError = true, Environment = { ["LC_ALL"] = "C" } })!;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(Patience);
        try
        {
            var error = await ip.StandardError.ReadToEndAsync(patience.Token);
            await ip.WaitForExitAsync(patience.Token);
            return ip.ExitCode == 0 ? null : error.Trim();
        }
        catch (OperationCanceledException)
        {
            // What comes next must find it gone.
            ip.Kill();
            await ip.WaitForExitAsync(CancellationToken.None);
            cancel.ThrowIfCancellationRequested();
            throw new TimeoutException($"ip did not end within {Patience.TotalSeconds:0} s");
        }
    }
}
