using System.Net;
using Ballast.Admin.Clusters;

namespace Ballast.Admin.Hosts;

/// <summary>Who a host is, as its files say.</summary>
public static class HostIdentity
{
    /// <summary>A control plane has an API server.</summary>
    public static bool IsControlPlane(HostPaths paths) => File.Exists(paths.Manifest("kube-apiserver"));

    /// <summary>The user of the kubelet's kubeconfig is its node; null where there is none.</summary>
    public static string? NodeName(HostPaths paths)
    {
        const string user = "user: system:node:";
        var file = paths.Kubeconfig("kubelet.conf");
        return File.Exists(file) ? File.ReadLines(file).Select(l => l.Trim()).FirstOrDefault(l => l.StartsWith(user, StringComparison.Ordinal))?[user.Length..] : null;
    }

    /// <exception cref="ClusterException">There is no host of a cluster below the root folder.</exception>
    public static Host Read(HostPaths paths)
    {
        const string address = "address: ";
        var line = File.Exists(paths.KubeletConfig) ? File.ReadLines(paths.KubeletConfig).FirstOrDefault(l => l.StartsWith(address, StringComparison.Ordinal)) : null;
        return NodeName(paths) is { } name && IPAddress.TryParse(line?[address.Length..].Trim(), out var found)
            ? new(name, found, paths)
            : throw new ClusterException($"there is no host of a cluster in {paths.Root}: {paths.Kubeconfig("kubelet.conf")} or {paths.KubeletConfig} is missing")
            {
                Hint = "make it one with ballast init or ballast join; or name its folder with --root-dir DIR",
            };
    }
}
