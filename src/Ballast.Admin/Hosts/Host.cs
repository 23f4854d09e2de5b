using System.Net;

namespace Ballast.Admin.Hosts;

/// <summary>A machine of a cluster, or what stands for one: its name, the address that its servers listen on, and where its files are.</summary>
public sealed record Host(string Name, IPAddress Address, HostPaths Paths);
