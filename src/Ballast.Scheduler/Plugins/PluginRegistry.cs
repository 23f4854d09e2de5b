using Ballast.ComponentBase.Commands;
using Ballast.Scheduler.Configuration;
using Ballast.Scheduler.Framework;
using Ballast.Scheduler.Plugins.DefaultBinder;
using Ballast.Scheduler.Plugins.DefaultPreemption;
using Ballast.Scheduler.Plugins.ImageLocality;
using Ballast.Scheduler.Plugins.InterPodAffinity;
using Ballast.Scheduler.Plugins.NodeAffinity;
using Ballast.Scheduler.Plugins.NodeName;
using Ballast.Scheduler.Plugins.NodePorts;
using Ballast.Scheduler.Plugins.NodeResources;
using Ballast.Scheduler.Plugins.NodeUnschedulable;
using Ballast.Scheduler.Plugins.PodTopologySpread;
using Ballast.Scheduler.Plugins.QueueSort;
using Ballast.Scheduler.Plugins.SchedulingGates;
using Ballast.Scheduler.Plugins.TaintToleration;
using k8s.Models;
using Microsoft.Extensions.Logging;

namespace Ballast.Scheduler.Plugins;

/// <summary>Every plugin there is, in the order they run, with upstream's default weights.</summary>
internal static class PluginRegistry
{
    private static readonly (string Name, int Weight, Func<PluginContext, IPlugin> Create)[] Default =
    [
        ("SchedulingGates", 0, _ => new SchedulingGatesPlugin()),
        ("PrioritySort", 0, _ => new PrioritySort()),
        ("NodeUnschedulable", 0, _ => new NodeUnschedulablePlugin()),
        ("NodeName", 0, _ => new NodeNamePlugin()),
        ("TaintToleration", 3, _ => new TaintTolerationPlugin()),
        ("NodeAffinity", 2, _ => new NodeAffinityPlugin()),
        ("NodePorts", 0, _ => new NodePortsPlugin()),
        ("NodeResourcesFit", 1, _ => new FitPlugin()),
        ("NodeResourcesBalancedAllocation", 1, _ => new BalancedAllocationPlugin()),
        ("PodTopologySpread", 2, c => new PodTopologySpreadPlugin(new DefaultSpread(
            c.Informers.For<V1Service>().Store, c.Informers.For<V1ReplicaSet>().Store,
            c.Informers.For<V1StatefulSet>().Store, c.Informers.For<V1ReplicationController>().Store))),
        ("InterPodAffinity", 2, _ => new InterPodAffinityPlugin()),
        ("ImageLocality", 1, _ => new ImageLocalityPlugin()),
        ("DefaultPreemption", 0, c => new DefaultPreemptionPlugin(c.Client.Resources<V1Pod>(), c.Informers.For<V1PodDisruptionBudget>().Store,
            c.Nominator, c.Statuses, c.Events, c.Random, c.Logs.CreateLogger<DefaultPreemptionPlugin>())),
        ("DefaultBinder", 0, c => new DefaultBinderPlugin(c.Client)),
    ];

    /// <exception cref="UsageException">The configuration names a plugin that does not exist, or leaves out one that must be there.</exception>
    public static IReadOnlyList<(IPlugin Plugin, int Weight)> Create(ProfileConfiguration profile, PluginContext context)
    {
        foreach (var name in profile.Enabled.Select(e => e.Name).Concat(profile.Disabled))
            if (name != "*" && Default.All(d => d.Name != name))
                throw new UsageException($"profile \"{profile.SchedulerName}\": there is no plugin \"{name}\"");
        var chosen = Default
            .Where(d => profile.Enabled.Any(e => e.Name == d.Name) || !profile.Disabled.Any(n => n == d.Name || n == "*"))
            .Select(d => (Plugin: d.Create(context), Weight: profile.Enabled.FirstOrDefault(e => e.Name == d.Name).Weight ?? d.Weight))
            .ToArray();
        if (!chosen.Any(c => c.Plugin is IQueueSortPlugin)) throw new UsageException($"profile \"{profile.SchedulerName}\": no queue sort plugin is enabled");
        if (!chosen.Any(c => c.Plugin is IBindPlugin)) throw new UsageException($"profile \"{profile.SchedulerName}\": at least one bind plugin is needed since pods need to be bound");
        return chosen;
    }
}
