using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Ballast.Admin.Clusters;

/// <summary>
/// Which cluster has which loopback addresses, on the whole machine: a file a subnet, made exclusively, that names the cluster's folder. A claim whose folder is
/// gone is free again.
/// </summary>
public sealed class SubnetClaims(string folder)
{
    public static SubnetClaims OfThisMachine() =>
        new(Environment.IsPrivilegedProcess ? "/run/ballast/subnets" : Path.Combine(Path.GetTempPath(), $"ballast-{Environment.UserName}", "subnets"));

    /// <summary>The lowest subnet that no cluster has and nobody listens on.</summary>
    /// <exception cref="ClusterException">All are taken.</exception>
    public int Claim(string clusterFolder)
    {
        Directory.CreateDirectory(folder);
        for (var subnet = 10; subnet <= 250; subnet++)
        {
            if (TryClaim(subnet, clusterFolder))
                return subnet;
        }
        throw new ClusterException("every subnet of loopback addresses from 127.0.10.0 to 127.0.250.0 is in use: end a cluster with ballast down");
    }

    /// <summary>Holds a subnet that a cluster had before (the claims do not survive a restart of the machine).</summary>
    /// <exception cref="ClusterException">Another cluster has it now.</exception>
    public void Renew(int subnet, string clusterFolder)
    {
        Directory.CreateDirectory(folder);
        if (Owner(subnet) is { } owner && owner != clusterFolder && Directory.Exists(owner))
            throw new ClusterException($"the addresses 127.0.{subnet}.x are used by the cluster in {owner}: end that one first");
        File.WriteAllText(FileOf(subnet), clusterFolder);
    }

    public void Release(string clusterFolder)
    {
        if (!Directory.Exists(folder))
            return;
        foreach (var file in Directory.EnumerateFiles(folder).Where(f => File.ReadAllText(f) == clusterFolder))
            File.Delete(file);
    }

    private bool TryClaim(int subnet, string clusterFolder)
    {
        if (Owner(subnet) is { } owner && Directory.Exists(owner) && owner != clusterFolder)
            return false;
        File.Delete(FileOf(subnet));
        try
        {
            using var claim = new StreamWriter(new FileStream(FileOf(subnet), FileMode.CreateNew, FileAccess.Write));
            claim.Write(clusterFolder);
        }
        catch (IOException)
        {
            // Another cluster was quicker.
            return false;
        }
        if (IsFree(IPAddress.Parse(string.Create(CultureInfo.InvariantCulture, $"127.0.{subnet}.1")), 6443))
            return true;
        File.Delete(FileOf(subnet));
        return false;
    }

    /// <summary>Can a server listen there now?</summary>
    public static bool IsFree(IPAddress address, int port)
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            // As servers do: a connection that lingers in TIME_WAIT does not count.
            probe.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            probe.Bind(new IPEndPoint(address, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private string? Owner(int subnet) => File.Exists(FileOf(subnet)) ? File.ReadAllText(FileOf(subnet)) : null;

    private string FileOf(int subnet) => Path.Combine(folder, subnet.ToString(CultureInfo.InvariantCulture));
}
