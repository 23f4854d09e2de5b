using System.CommandLine;
using Ballast.Client;
using Ballast.Client.LeaderElection;
using Ballast.ComponentBase.Commands;
using Microsoft.Extensions.Logging;

namespace Ballast.LoadBalancer.VirtualAddresses;

/// <summary><c>ballast lb vip</c>.</summary>
public static class VirtualAddressCommand
{
    /// <summary>Where the load balancer's own role lets it write.</summary>
    private const string Namespace = "default";

    public static Command Create() => ComponentCommand.Create("vip", "Hold a virtual address on one of several load balancers, without keepalived: run it beside each.", flags =>
    {
        var vip = flags.String("vip", "", "The address that clients use, with its prefix: 192.0.2.10/24, or 2001:db8::10/64.");
        var link = flags.String("interface", "", "The interface it is put on.");
        var kubeconfig = flags.String("kubeconfig", "/etc/kubernetes/load-balancer.conf", "Credentials for the Lease that the hosts compete by; its server is the load balancer beside, so that only a host with a working one holds the address.");
        return async (context, cancel) =>
        {
            var address = VirtualAddress.Parse(vip.Value, link.Value);
            var here = new LinuxInterface(address);
            using var api = Api(kubeconfig.Value);
            var leaderLock = new LeaseLock(api, Namespace, address.LeaseName, LeaseLock.NewIdentity(Environment.MachineName));
            var end = await new VirtualAddressHolder(address, here, leaderLock, context.Time, context.Logs.CreateLogger<VirtualAddressHolder>()).RunAsync(cancel);
            // The kernel takes the address away where this process could not.
            return end == LeadershipEnd.StillActing ? 1 : 0;
        };
    });

    private static ApiClient Api(string kubeconfig)
    {
        try
        {
            return ClientFactory.Create(kubeconfig, "ballast-vip");
        }
        catch (Exception wrong) when (wrong is IOException or UnauthorizedAccessException or k8s.Exceptions.KubeConfigException or YamlDotNet.Core.YamlException)
        {
            throw new UsageException($"--kubeconfig={kubeconfig} cannot be read: {wrong.Message}");
        }
    }
}
