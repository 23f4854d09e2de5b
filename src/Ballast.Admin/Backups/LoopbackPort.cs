using System.Net;
using System.Net.Sockets;

namespace Ballast.Admin.Backups;

/// <summary>Ports of loopback for servers of one's own.</summary>
internal static class LoopbackPort
{
    /// <summary>One that nobody has at this moment; whoever starts a server on it may still come second.</summary>
    public static int Free()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
