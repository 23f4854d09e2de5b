using System.Text.Json;
using System.Text.Json.Serialization;
using Ballast.Admin.Files;
using Ballast.Admin.Hosts;
using Ballast.Admin.LoadBalancers;
using Ballast.Admin.Restore;

namespace Ballast.Admin.Clusters;

/// <summary>A cluster's folder, <c>DATA-DIR/NAME</c>: its spec and the root folders of its hosts.</summary>
public sealed class ClusterDirectory(string dataDirectory, string name)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>What a cluster is called when nothing else is said.</summary>
    public const string DefaultName = "ballast";

    public string Name { get; } = name;

    public string Path { get; } = System.IO.Path.GetFullPath(System.IO.Path.Combine(dataDirectory, name));

    private string SpecFile => System.IO.Path.Combine(Path, "cluster.json");

    /// <summary>Where clusters are kept when nothing else is said.</summary>
    public static string DefaultDataDirectory =>
        Environment.IsPrivilegedProcess
            ? "/var/lib/ballast"
            : System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "ballast");

    /// <summary>What a further command must be given to find the same cluster: nothing, or the options with a space before them.</summary>
    public string Again => (Name == DefaultName ? "" : $" --name {Name}")
        + (System.IO.Path.GetDirectoryName(Path) == System.IO.Path.GetFullPath(DefaultDataDirectory) ? "" : $" --data-dir {System.IO.Path.GetDirectoryName(Path)}");

    /// <summary>The folder of another name beside this one.</summary>
    public ClusterDirectory Named(string other) => new(System.IO.Path.GetDirectoryName(Path)!, other);

    public bool Exists => File.Exists(SpecFile);

    /// <summary>True once every member of the quorum has been up: from then on an empty etcd folder means lost data.</summary>
    public bool WasFormed => File.Exists(System.IO.Path.Combine(Path, "formed"));

    public void MarkFormed() => AtomicFile.Write(System.IO.Path.Combine(Path, "formed"), "", AtomicFile.Public);

    public HostPaths Paths(ClusterHost host) => new(System.IO.Path.Combine(Path, "hosts", host.Name));

    public HostProcesses Processes(ClusterHost host) => new(Paths(host));

    /// <summary>The admin kubeconfig.</summary>
    public string AdminKubeconfig(ClusterSpec spec) => Paths(spec.ControlPlaneHosts.First()).Kubeconfig("admin.conf");

    /// <summary>What commands that look after the cluster act with: past the endpoint, by the load balancer of the first control plane where one runs.</summary>
    public string OperatorKubeconfig(ClusterSpec spec)
    {
        var running = spec.ControlPlaneHosts.FirstOrDefault(h => !SubnetClaims.IsFree(h.IPAddress, HostBalancer.Port));
        return Paths(running ?? spec.ControlPlaneHosts.First()).Kubeconfig("super-admin.conf");
    }

    /// <exception cref="ClusterException">There is none, or its file is damaged.</exception>
    public ClusterSpec Load()
    {
        if (!Exists)
            throw new ClusterException($"there is no cluster \"{Name}\" in {System.IO.Path.GetDirectoryName(Path)}") { Hint = OthersHint() };
        try
        {
            return JsonSerializer.Deserialize<ClusterSpec>(File.ReadAllText(SpecFile), Json) ?? throw new JsonException("it is empty");
        }
        catch (JsonException damaged)
        {
            throw new ClusterException($"{SpecFile} is damaged: {damaged.Message}")
            {
                Hint = $"put it back from a backup, or end the cluster for good with: ballast down{Again}",
            };
        }
    }

    public void Save(ClusterSpec spec) => AtomicFile.Write(SpecFile, JsonSerializer.Serialize(spec, Json) + "\n", AtomicFile.Public);

    /// <summary>Keeps every other command from changing this cluster until it is disposed.</summary>
    /// <exception cref="ClusterException">Another command is at it, the folder cannot be written, or a restore has to be finished first.</exception>
    public IDisposable Lock()
    {
        var held = LockWhileRestoring();
        try
        {
            RestoreJournals.Of(this).RefuseUnfinished();
            return held;
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>As <see cref="Lock"/>, for what may be done in the middle of a restore: finish it, or end the cluster.</summary>
    public IDisposable LockWhileRestoring()
    {
        try
        {
            AtomicFile.Folder(Path);
        }
        catch (Exception refused) when (refused is UnauthorizedAccessException or IOException)
        {
            throw new ClusterException($"the folder {Path} cannot be written: {refused.Message}") { Hint = "choose another with --data-dir DIR" };
        }
        try
        {
            return new FileStream(System.IO.Path.Combine(Path, ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (UnauthorizedAccessException refused)
        {
            throw new ClusterException($"the folder {Path} cannot be written: {refused.Message}") { Hint = "choose another with --data-dir DIR" };
        }
        catch (IOException)
        {
            throw new ClusterException($"another ballast command is changing the cluster \"{Name}\": wait for it to end, then try again");
        }
    }

    /// <summary>Every host that has a folder, also where the spec is lost: what <c>down</c> must end.</summary>
    public IEnumerable<HostPaths> HostFolders()
    {
        var hosts = System.IO.Path.Combine(Path, "hosts");
        return Directory.Exists(hosts) ? Directory.EnumerateDirectories(hosts).Order(StringComparer.Ordinal).Select(h => new HostPaths(h)) : [];
    }

    public void Delete()
    {
        if (Directory.Exists(Path))
            Directory.Delete(Path, recursive: true);
    }

    private string OthersHint()
    {
        var parent = System.IO.Path.GetDirectoryName(Path)!;
        var others = Directory.Exists(parent)
            ? Directory.EnumerateDirectories(parent).Where(d => File.Exists(System.IO.Path.Combine(d, "cluster.json"))).Select(System.IO.Path.GetFileName).ToArray()
            : [];
        return others.Length > 0 ? $"there is: {string.Join(", ", others)}; name it with --name" : "make one with: ballast up";
    }
}
