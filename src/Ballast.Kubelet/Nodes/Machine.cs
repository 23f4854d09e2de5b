using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;
using k8s.Models;

namespace Ballast.Kubelet.Nodes;

/// <summary>What the kubelet reads off the machine it runs on.</summary>
internal static class Machine
{
    private const long KiB = 1024;
    private const string KubeletVersion = "v1.36.2";

    // Upstream's hard eviction thresholds.
    private const long ReservedMemory = 100 * KiB * KiB;
    private const double ReservedDisk = 0.1;

    public static Dictionary<string, ResourceQuantity> Capacity(string rootFolder, int maxPods, IReadOnlyDictionary<string, string> claimed)
    {
        var capacity = new Dictionary<string, ResourceQuantity>
        {
            ["cpu"] = new(Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture)),
            ["ephemeral-storage"] = new($"{new DriveInfo(rootFolder).TotalSize / KiB}Ki"),
            ["hugepages-1Gi"] = new("0"),
            ["hugepages-2Mi"] = new("0"),
            ["memory"] = new($"{Memory("MemTotal") / KiB}Ki"),
            ["pods"] = new(maxPods.ToString(CultureInfo.InvariantCulture)),
        };
        foreach (var (resource, amount) in claimed)
            capacity[resource] = new(amount);
        return capacity;
    }

    /// <summary>The capacity without what is kept from pods.</summary>
    public static Dictionary<string, ResourceQuantity> Allocatable(IReadOnlyDictionary<string, ResourceQuantity> capacity) => new(capacity)
    {
        ["ephemeral-storage"] = new(((long)((double)capacity["ephemeral-storage"].ToDecimal() * (1 - ReservedDisk))).ToString(CultureInfo.InvariantCulture)),
        ["memory"] = new($"{((long)capacity["memory"].ToDecimal() - ReservedMemory) / KiB}Ki"),
    };

    public static bool IsShortOfMemory => Memory("MemAvailable") < ReservedMemory;

    public static bool IsShortOfDisk(string rootFolder)
    {
        var drive = new DriveInfo(rootFolder);
        return drive.AvailableFreeSpace < drive.TotalSize * ReservedDisk;
    }

    public static bool IsShortOfPids
    {
        get
        {
            // The last but one field of loadavg is running/all.
            var all = long.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[3].Split('/')[1], CultureInfo.InvariantCulture);
            var limit = long.Parse(File.ReadAllText("/proc/sys/kernel/pid_max").Trim(), CultureInfo.InvariantCulture);
            return all >= limit;
        }
    }

    public static string Architecture => RuntimeInformation.ProcessArchitecture switch
    {
        System.Runtime.InteropServices.Architecture.X64 => "amd64",
        System.Runtime.InteropServices.Architecture.Arm64 => "arm64",
        var other => other.ToString().ToLowerInvariant(),
    };

    public static V1NodeSystemInfo Info(string runtimeVersion) => new()
    {
        Architecture = Architecture,
        BootID = ReadLine("/proc/sys/kernel/random/boot_id"),
        ContainerRuntimeVersion = runtimeVersion,
        KernelVersion = ReadLine("/proc/sys/kernel/osrelease"),
        KubeProxyVersion = "",
        KubeletVersion = KubeletVersion,
        MachineID = ReadLine("/etc/machine-id"),
        OperatingSystem = "linux",
        OsImage = OsRelease("PRETTY_NAME") ?? "Linux",
        SystemUUID = ReadLine("/sys/class/dmi/id/product_uuid"),
    };

    public static string HostName => Dns.GetHostName();

    private static long Memory(string field)
    {
        var line = File.ReadLines("/proc/meminfo").First(l => l.StartsWith(field + ":", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * KiB;
    }

    private static string? OsRelease(string field) =>
        File.Exists("/etc/os-release")
            ? File.ReadLines("/etc/os-release").FirstOrDefault(l => l.StartsWith(field + "=", StringComparison.Ordinal))?[(field.Length + 1)..].Trim('"')
            : null;

    /// <summary>Empty where this machine, or this user, cannot tell.</summary>
    private static string ReadLine(string path)
    {
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
