using Ballast.Client.Events;
using Ballast.Client.Informers;
using Ballast.Scheduler.Cache;
using Ballast.Scheduler.Configuration;
using Ballast.Scheduler.Framework;
using Ballast.Scheduler.Plugins;
using Ballast.Scheduler.Queue;
using Ballast.Testing.Api;
using CsCheck;
using k8s.Models;
using Microsoft.Extensions.Logging.Abstractions;
using NSubstitute;

namespace Ballast.Scheduler.Tests;

public class NodeSelectionTests
{
    [Theory]
    [InlineData(0, 99, 99)]
    [InlineData(0, 100, 100)]
    [InlineData(0, 1000, 420)]
    [InlineData(0, 6000, 300)]
    [InlineData(0, 10000, 500)]
    [InlineData(30, 1000, 300)]
    [InlineData(1, 1000, 100)]
    [InlineData(100, 5000, 5000)]
    public void Looks_at_enough_nodes(int percentage, int nodes, int expected) =>
        Assert.Equal(expected, new NodeSelection(percentage, new Random(1)).EnoughNodes(nodes));

    /// <summary>Whatever comes, no node is given more than it has, and every pod placed passes every filter where it is.</summary>
    [Fact]
    public void Never_overcommits_and_every_assigned_pod_passes_all_filters()
    {
        var node = Gen.Select(Gen.Int[1, 8], Gen.Int[1, 16], Gen.Int[1, 12], Gen.Int[0, 2], Gen.Bool);
        var pod = Gen.Select(Gen.Int[0, 3000], Gen.Int[0, 4096], Gen.Int[0, 5], Gen.Bool);
        Gen.Select(node.Array[1, 6], pod.Array[1, 40], Gen.Int).Sample((nodes, pods, seed) =>
        {
            var profile = Profile();
            var selection = new NodeSelection(0, new Random(seed));
            var (cache, snapshot) = (new SchedulerCache(), new Snapshot());
            foreach (var ((cpu, memory, count, zone, tainted), i) in nodes.Select((n, i) => (n, i)))
            {
                var made = Make.Node($"n{i}", $"{cpu}", $"{memory}Gi", $"{count}").Labelled("zone", $"z{zone}");
                cache.SetNode(tainted ? made.Tainted("dedicated") : made);
            }
            foreach (var ((cpu, memory, kind, tolerates), i) in pods.Select((p, i) => (p, i)))
            {
                var info = Make.Pod($"p{i}", $"{cpu}m", $"{memory}Mi", labels: $"kind=k{kind}", with: p => Constrain(p, kind, tolerates)).Info();
                cache.Update(snapshot);
                var (chosen, _) = selection.Select(profile, new CycleState(), info, snapshot);
                if (chosen is null) continue;
                // Asked again, without selection's shortcuts.
                var state = new CycleState();
                Assert.Null(profile.RunPreFilter(state, info, snapshot));
                Assert.Null(profile.RunFilter(state, info, snapshot.Find(chosen)!));
                cache.Assume(info, chosen);
            }
            cache.Update(snapshot);
            foreach (var n in snapshot.Nodes)
            {
                Assert.True(n.Requested.MilliCpu <= n.Allocatable.MilliCpu);
                Assert.True(n.Requested.Memory <= n.Allocatable.Memory);
                Assert.True(n.Pods.Count <= n.AllowedPods);
                Assert.Equal(n.Pods.Sum(p => p.Requests.MilliCpu), n.Requested.MilliCpu);
                Assert.True(n.UsedPorts.Count <= 1);
                Assert.True(n.Pods.Count(p => p.Labels["kind"] == "k4") <= 1);
            }
        }, iter: 300);
    }

    private static void Constrain(V1Pod pod, int kind, bool tolerates)
    {
        if (tolerates) pod.Spec.Tolerations = [new() { Key = "dedicated", OperatorProperty = "Exists" }];
        var alike = new V1LabelSelector { MatchLabels = new Dictionary<string, string> { ["kind"] = $"k{kind}" } };
        switch (kind)
        {
            case 1: pod.Spec.NodeSelector = new Dictionary<string, string> { ["zone"] = "z1" }; break;
            case 2: pod.Spec.Containers[0].Ports = [new() { ContainerPort = 80, HostPort = 80 }]; break;
            case 3: pod.Spec.TopologySpreadConstraints = [new() { MaxSkew = 1, TopologyKey = "zone", WhenUnsatisfiable = "DoNotSchedule", LabelSelector = alike }]; break;
            case 4: pod.Spec.Affinity = new() { PodAntiAffinity = new() { RequiredDuringSchedulingIgnoredDuringExecution = [new() { TopologyKey = "kubernetes.io/hostname", LabelSelector = alike }] } }; break;
            default: break;
        }
    }

    private static SchedulingProfile Profile()
    {
        var client = new InMemoryApiServer().CreateClient();
        var nominator = new Nominator();
        var context = new PluginContext(client, new SharedInformerFactory(client, TimeProvider.System, NullLoggerFactory.Instance), nominator,
            new PodStatusWriter(client, TimeProvider.System, NullLogger<PodStatusWriter>.Instance), Substitute.For<IEventRecorder>(), new Random(1), NullLoggerFactory.Instance);
        return new("default-scheduler", PluginRegistry.Create(new ProfileConfiguration("default-scheduler", [], []), context), nominator);
    }
}
