using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;
using Ballast.Admin.Hosts;

namespace Ballast.Bench.Load.Measuring;

/// <summary>The API server's processes on this machine, for what they cost. Empty where the server is elsewhere.</summary>
internal sealed partial class ServerProcesses(IReadOnlyList<int> ids)
{
    private const int ClockTicksName = 2; // _SC_CLK_TCK

    private static readonly double TicksPerSecond = SystemConfiguration(ClockTicksName);

    public IReadOnlyList<int> Ids => ids;

    /// <summary>User and system time of all, since they began; null where there are none, or one has ended.</summary>
    public TimeSpan? Cpu => Sum(ReadCpu) is { } seconds ? TimeSpan.FromSeconds(seconds) : null;

    /// <summary>Resident memory of one of them, on average.</summary>
    public double? MebiBytes => Sum(ReadResident) / ids.Count / (1024 * 1024);

    /// <summary>Those of an <c>up</c> cluster that the kubeconfig belongs to; else the one that listens at the address.</summary>
    public static ServerProcesses Find(string kubeconfig, Uri server)
    {
        var hosts = HostsFolder(kubeconfig);
        if (hosts is not null)
            return new([.. Directory.EnumerateDirectories(hosts).SelectMany(h => new HostProcesses(new HostPaths(h)).List()).Where(p => p.Component == "kube-apiserver").Select(p => p.Id)]);
        return new(IPAddress.TryParse(server.Host.Trim('[', ']'), out var address) ? Listening(address, server.Port) : []);
    }

    /// <summary><c>DATA-DIR/NAME/hosts</c> of the cluster that the file is in; null for a file elsewhere.</summary>
    private static string? HostsFolder(string kubeconfig)
    {
        for (var folder = Path.GetDirectoryName(Path.GetFullPath(kubeconfig)); folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (Path.GetFileName(folder) == "hosts" && File.Exists(Path.Combine(Path.GetDirectoryName(folder)!, "cluster.json")))
                return folder;
        }
        return null;
    }

    private static IReadOnlyList<int> Listening(IPAddress address, int port)
    {
        const string Listen = "0A";
        var sockets = new HashSet<string>(StringComparer.Ordinal);
        foreach (var line in File.ReadLines("/proc/net/tcp").Concat(File.ReadLines("/proc/net/tcp6")).Skip(1))
        {
            var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields[3] != Listen || !fields[1].EndsWith($":{port:X4}", StringComparison.Ordinal))
                continue;
            var local = fields[1].Split(':')[0];
            if (local.All(c => c == '0') || local == Hex(address))
                sockets.Add($"socket:[{fields[9]}]");
        }
        return [.. Directory.EnumerateDirectories("/proc")
            .Select(d => int.TryParse(Path.GetFileName(d), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0)
            .Where(id => id > 0 && Holds(id, sockets))];
    }

    /// <summary>As /proc/net/tcp writes it: each four bytes as a number of this machine.</summary>
    private static string Hex(IPAddress address) =>
        string.Concat(address.GetAddressBytes().Chunk(4).Select(part => BitConverter.ToUInt32(part).ToString("X8", CultureInfo.InvariantCulture)));

    private static bool Holds(int id, HashSet<string> sockets)
    {
        try
        {
            return new DirectoryInfo($"/proc/{id}/fd").EnumerateFiles().Any(f => f.LinkTarget is { } target && sockets.Contains(target));
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return false; // ended meanwhile, or somebody else's
        }
    }

    private double? Sum(Func<int, double> read)
    {
        if (ids.Count == 0)
            return null;
        try
        {
            return ids.Sum(read);
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static double ReadCpu(int id)
    {
        var stat = File.ReadAllText($"/proc/{id}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond;
    }

    private static double ReadResident(int id) =>
        long.Parse(File.ReadAllText($"/proc/{id}/statm").Split(' ')[1], CultureInfo.InvariantCulture) * (double)Environment.SystemPageSize;

    [LibraryImport("libc", EntryPoint = "sysconf")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial long SystemConfiguration(int name);
}
