using System.CommandLine;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Ballast.Admin.Clusters;
using Ballast.Admin.Configuration;
using Ballast.Admin.Hosts;

namespace Ballast.Commands;

/// <summary>The options that say which host a command makes, and how it is called.</summary>
internal sealed class HostSelection
{
    private readonly Option<string> _root = RootOption();

    private readonly Option<string?> _name = new("--node-name") { Description = "The node's name; the machine's by default.", HelpName = "NAME" };

    private readonly Option<string?> _address = new("--apiserver-advertise-address")
    {
        Description = "The address that this host's servers listen on; the machine's first by default.",
        HelpName = "ADDRESS",
    };

    private readonly Option<string[]> _ignored = new("--ignore-preflight-errors")
    {
        Description = "Checks whose failure is only told; 'all' for all of them.",
        HelpName = "CHECKS",
        AllowMultipleArgumentsPerToken = false,
        DefaultValueFactory = _ => [],
    };

    public HostSelection(Command command)
    {
        foreach (var option in new Option[] { _root, _name, _address, _ignored })
            command.Options.Add(option);
    }

    /// <summary>Every command on a host takes it.</summary>
    public static Option<string> RootOption() =>
        new("--root-dir") { Description = "The folder below which the host's files are; / on a machine of its own.", DefaultValueFactory = _ => "/", HelpName = "DIR" };

    /// <summary>The file's settings, and those of the command line, which come first.</summary>
    public HostConfiguration Settings(ParseResult result, HostConfiguration file) => file with
    {
        Name = result.GetValue(_name) ?? file.Name,
        AdvertiseAddress = result.GetValue(_address) is not { } text ? file.AdvertiseAddress
            : IPAddress.TryParse(text, out var address) ? address : throw new ClusterException($"--apiserver-advertise-address {text} is not an address", 2),
        IgnorePreflightErrors = [.. file.IgnorePreflightErrors, .. result.GetValue(_ignored)!.SelectMany(c => c.Split(',', StringSplitOptions.RemoveEmptyEntries))],
    };

    public Host Host(ParseResult result, HostConfiguration settings) => new(
        settings.Name.Length > 0 ? settings.Name : Dns.GetHostName().ToLowerInvariant(),
        settings.AdvertiseAddress ?? FirstAddress(),
        new HostPaths(Path.GetFullPath(result.GetValue(_root)!)));

    private static IPAddress FirstAddress() =>
        NetworkInterface.GetAllNetworkInterfaces()
            .Where(i => i.OperationalStatus == OperationalStatus.Up && i.NetworkInterfaceType != NetworkInterfaceType.Loopback)
            .SelectMany(i => i.GetIPProperties().UnicastAddresses)
            .Select(a => a.Address)
            .FirstOrDefault(a => a.AddressFamily == AddressFamily.InterNetwork)
        ?? throw new ClusterException("this machine has no address that others can reach") { Hint = "name one: --apiserver-advertise-address ADDRESS" };
}
