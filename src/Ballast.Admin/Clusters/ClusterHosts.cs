using Ballast.Admin.Hosts;
using Ballast.Admin.Restore;

namespace Ballast.Admin.Clusters;

/// <summary>What can be done to single hosts and components of a running cluster, to see how it takes it.</summary>
/// <param name="directory">The cluster's folder.</param>
/// <param name="program">Full path of the ballast executable.</param>
/// <param name="time">The clock.</param>
public sealed class ClusterHosts(ClusterDirectory directory, string program, TimeProvider time)
{
    /// <summary>The components that run on each kind of host.</summary>
    public static IReadOnlyList<string> Components { get; } =
        ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "backup-controller", "kubelet", "load-balancer"];

    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    /// <summary>SIGTERM to everything on the host, in the order that loses nothing.</summary>
    public Task StopAsync(string host, CancellationToken cancel) => Processes(host).StopAsync(Grace, time, cancel);

    /// <summary>SIGKILL to everything on the host at once, as when its power goes.</summary>
    public Task KillAsync(string host, CancellationToken cancel) => Processes(host).KillAsync(time, cancel);

    /// <summary>Starts the host's daemon, which starts the rest. False where it was running.</summary>
    /// <exception cref="ClusterException">In the middle of a restore: the host might start with the old data.</exception>
    public bool Start(string host)
    {
        var (spec, found) = Find(host);
        RestoreJournals.Of(directory).RefuseUnfinished();
        return new HostDaemons(spec, found, directory.Paths(found), program).EnsureRunning();
    }

    /// <summary>SIGSTOP: the host hangs, with its connections open.</summary>
    public void Pause(string host) => Processes(host).Pause();

    public void Resume(string host) => Processes(host).Resume();

    /// <param name="target"><c>kube-scheduler@control-plane-1</c>.</param>
    /// <param name="signal">What to do to it.</param>
    /// <exception cref="ClusterException">No such component or host, or it does not run.</exception>
    public void Signal(string target, ComponentSignal signal)
    {
        var (component, host) = Split(target);
        if (!directory.Processes(host).Signal(component, signal))
            throw new ClusterException($"{component} does not run on {host.Name}") { Hint = $"see what does: ballast status{directory.Again}" };
    }

    /// <summary>The newest log file of a component.</summary>
    public string LogFile(string target)
    {
        var (component, host) = Split(target);
        var paths = directory.Paths(host);
        if (component == HostDaemons.NameOn(host))
            return File.Exists(paths.DaemonLog(component)) ? paths.DaemonLog(component) : throw NoLog(target);
        var pods = Path.Combine(paths.Logs, "pods");
        return (Directory.Exists(pods) ? Directory.EnumerateDirectories(pods, $"kube-system_{component}-{host.Name}_*") : [])
            .SelectMany(pod => Directory.EnumerateFiles(Path.Combine(pod, component), "*.log"))
            .MaxBy(File.GetLastWriteTimeUtc) ?? throw NoLog(target);
    }

    private ClusterException NoLog(string target) => new($"{target} has not logged anything yet") { Hint = $"see what runs: ballast status{directory.Again}" };

    private (string Component, ClusterHost Host) Split(string target)
    {
        if (target.Split('@') is not [var component, var host] || component.Length == 0)
            throw new ClusterException($"\"{target}\" is not of the form COMPONENT@HOST, like kube-scheduler@control-plane-1", 2);
        if (!Components.Contains(component))
            throw new ClusterException($"there is no component \"{component}\": choose one of {string.Join(", ", Components)}", 2);
        return (component, Find(host).Host);
    }

    private HostProcesses Processes(string host) => directory.Processes(Find(host).Host);

    private (ClusterSpec Spec, ClusterHost Host) Find(string host)
    {
        var spec = directory.Load();
        return (spec, spec.Hosts.FirstOrDefault(h => h.Name == host)
            ?? throw new ClusterException($"the cluster \"{spec.Name}\" has no host \"{host}\": it has {string.Join(", ", spec.Hosts.Select(h => h.Name))}", 2));
    }
}
