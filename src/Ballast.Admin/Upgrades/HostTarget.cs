using Ballast.Admin.Configuration;
using Ballast.Admin.Hosts;
using Ballast.Admin.LoadBalancers;
using Ballast.Admin.Rollouts;

namespace Ballast.Admin.Upgrades;

/// <summary>One host, and what an upgrade is to make of it.</summary>
/// <param name="Host">The host.</param>
/// <param name="Manifests">Of its static pods.</param>
/// <param name="Daemon">The kubelet, or the load balancer.</param>
/// <param name="IsNode">False where the API knows no node of it, and nothing can be drained.</param>
internal sealed record HostTarget(Host Host, UpgradedManifests Manifests, Daemon Daemon, bool IsNode)
{
    /// <summary>Every component, also those that stay as they are.</summary>
    /// <param name="versions">What runs now, by host and component, where the files do not say it.</param>
    public IReadOnlyList<ComponentChange> Plan(IReadOnlyDictionary<(string Host, string Component), string> versions) =>
        [.. HostRollout.Components.Where(c => File.Exists(Host.Paths.Manifest(c))).Select(c => StaticPod(c, versions)), DaemonChange(versions)];

    /// <summary>The command of the daemon that runs; empty where it does not.</summary>
    private IReadOnlyList<string> Running => new HostProcesses(Host.Paths).List().FirstOrDefault(p => p.Component == Daemon.Name)?.Command() ?? [];

    private ComponentChange StaticPod(string component, IReadOnlyDictionary<(string, string), string> versions)
    {
        var current = File.ReadAllText(Host.Paths.Manifest(component));
        var wanted = Manifests.Of(component, current);
        // The image of etcd names no version: the host's own program runs.
        var known = versions.GetValueOrDefault((Host.Name, component), "");
        return new(Host.Name, component,
            component == "etcd" ? known : ManifestDifference.VersionOf(ManifestDifference.Parse(current)),
            component == "etcd" ? known : ManifestDifference.VersionOf(ManifestDifference.Parse(wanted)),
            ManifestDifference.Of(current, wanted, Running is [var program, ..] ? program : null));
    }

    private ComponentChange DaemonChange(IReadOnlyDictionary<(string, string), string> versions)
    {
        // An upstream program in the place of ours has its version from Debian.
        var target = Daemon.Name == "kubelet" ? ClusterConfiguration.Version : Daemon.Command is [_, HostBalancer.Component, ..] ? BallastVersion.Text : "";
        string[] changes = Running switch
        {
            [] => ["it does not run"],
            [var program, ..] when program != Daemon.Command[0] => [$"program {program} → {Daemon.Command[0]}"],
            // A load balancer finds its backends by itself: those of its command line are where it begins.
            var running when Daemon.Name == "kubelet" && !running.SequenceEqual(Daemon.Command) => ["flags"],
            _ => [],
        };
        return new(Host.Name, Daemon.Name, versions.GetValueOrDefault((Host.Name, Daemon.Name), target), target, changes);
    }
}
