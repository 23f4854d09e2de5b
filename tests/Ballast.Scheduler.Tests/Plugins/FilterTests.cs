using Ballast.Scheduler.Framework;
using Ballast.Scheduler.Plugins.NodeAffinity;
using Ballast.Scheduler.Plugins.NodeName;
using Ballast.Scheduler.Plugins.NodePorts;
using Ballast.Scheduler.Plugins.NodeResources;
using Ballast.Scheduler.Plugins.NodeUnschedulable;
using Ballast.Scheduler.Plugins.TaintToleration;
using k8s.Models;

namespace Ballast.Scheduler.Tests.Plugins;

public class FilterTests
{
    [Fact]
    public void Cordoned_nodes_take_only_pods_that_tolerate_the_cordon()
    {
        var snapshot = Make.Snapshot([Make.Node("a"), Make.Node("b", with: n => n.Spec.Unschedulable = true)]);
        Assert.Equal(" | node(s) were unschedulable !", Make.Filter(new NodeUnschedulablePlugin(), Make.Pod("p"), snapshot));
        Assert.Equal(" | ", Make.Filter(new NodeUnschedulablePlugin(), Tolerating("node.kubernetes.io/unschedulable", "Exists", null, "NoSchedule"), snapshot));
    }

    [Fact]
    public void A_named_node_is_the_only_one() => Assert.Equal(" | node(s) didn't match the requested node name !",
        Make.Filter(new NodeNamePlugin(), Make.Pod("p", node: "a"), Make.Snapshot([Make.Node("a"), Make.Node("b")])));

    [Theory]
    [InlineData("k", "Equal", "v", "NoSchedule", "")]
    [InlineData("k", null, "v", null, "")]
    [InlineData("k", "Exists", null, null, "")]
    [InlineData(null, "Exists", null, null, "")]
    [InlineData("k", "Equal", "other", "NoSchedule", "node(s) had untolerated taint {k: v} !")]
    [InlineData("other", "Exists", null, "NoSchedule", "node(s) had untolerated taint {k: v} !")]
    [InlineData("k", "Exists", null, "NoExecute", "node(s) had untolerated taint {k: v} !")]
    public void Taints_keep_out_who_does_not_tolerate_them(string? key, string? op, string? value, string? effect, string expected) =>
        Assert.Equal(expected, Make.Filter(new TaintTolerationPlugin(), Tolerating(key, op, value, effect), Make.Snapshot([Make.Node("a").Tainted("k", "v")])));

    [Fact]
    public void Taints_are_named_as_upstream_does_and_mild_ones_keep_nobody_out() => Assert.Equal(
        "node(s) had untolerated taint {node-role.kubernetes.io/control-plane: } ! | ",
        Make.Filter(new TaintTolerationPlugin(), Make.Pod("p"), Make.Snapshot([
            Make.Node("a").Tainted("node-role.kubernetes.io/control-plane"), Make.Node("b").Tainted("k", "v", "PreferNoSchedule")])));

    [Theory]
    [InlineData("In", "z1", true)]
    [InlineData("In", "z2", false)]
    [InlineData("NotIn", "z2", true)]
    [InlineData("NotIn", "z1", false)]
    [InlineData("Exists", "", true)]
    [InlineData("DoesNotExist", "", false)]
    public void Node_affinity_reads_labels(string op, string value, bool fits)
    {
        var pod = Make.Pod("p", with: p => p.Spec.Affinity = RequiredNode(new() { Key = "zone", OperatorProperty = op, Values = value.Length > 0 ? [value] : null }));
        Assert.Equal(fits ? "" : "node(s) didn't match Pod's node affinity/selector !",
            Make.Filter(new NodeAffinityPlugin(), pod, Make.Snapshot([Make.Node("a").Labelled("zone", "z1")])));
    }

    [Theory]
    [InlineData("Gt", "9", true)]
    [InlineData("Gt", "10", false)]
    [InlineData("Lt", "11", true)]
    [InlineData("Lt", "10", false)]
    [InlineData("Gt", "many", false)]
    public void Node_affinity_compares_numbers(string op, string value, bool fits)
    {
        var pod = Make.Pod("p", with: p => p.Spec.Affinity = RequiredNode(new() { Key = "cores", OperatorProperty = op, Values = [value] }));
        Assert.Equal(fits ? "" : "node(s) didn't match Pod's node affinity/selector !",
            Make.Filter(new NodeAffinityPlugin(), pod, Make.Snapshot([Make.Node("a").Labelled("cores", "10")])));
    }

    [Fact]
    public void A_node_selector_needs_every_label()
    {
        var pod = Make.Pod("p", with: p => p.Spec.NodeSelector = new Dictionary<string, string> { ["disk"] = "ssd" });
        Assert.Equal(" | node(s) didn't match Pod's node affinity/selector !",
            Make.Filter(new NodeAffinityPlugin(), pod, Make.Snapshot([Make.Node("a").Labelled("disk", "ssd"), Make.Node("b")])));
        Assert.Equal("skipped", Make.Filter(new NodeAffinityPlugin(), Make.Pod("q"), Make.Snapshot([Make.Node("a")])));
    }

    [Theory]
    [InlineData("0.0.0.0", "TCP", 80, false)]
    [InlineData("10.0.0.1", "TCP", 80, false)]
    [InlineData("10.0.0.2", "TCP", 80, true)]
    [InlineData("10.0.0.1", "UDP", 80, true)]
    [InlineData("10.0.0.1", "TCP", 81, true)]
    public void Host_ports_conflict_on_the_same_address_or_any(string address, string protocol, int port, bool fits)
    {
        static Action<V1Pod> Ports(string address, string protocol, int port) =>
            p => p.Spec.Containers[0].Ports = [new() { HostIP = address, Protocol = protocol, HostPort = port, ContainerPort = port }];
        var snapshot = Make.Snapshot([Make.Node("a")], Make.Pod("there", node: "a", with: Ports("10.0.0.1", "TCP", 80)));
        Assert.Equal(fits ? "" : "node(s) didn't have free ports for the requested pod ports",
            Make.Filter(new NodePortsPlugin(), Make.Pod("p", with: Ports(address, protocol, port)), snapshot));
    }

    [Theory]
    [InlineData("3", "7Gi", "")]
    [InlineData("3500m", "1Gi", "Insufficient cpu")]
    [InlineData("1", "7500Mi", "Insufficient memory")]
    [InlineData("3500m", "7500Mi", "Insufficient cpu, Insufficient memory")]
    [InlineData("5", "1Gi", "Insufficient cpu !")]
    [InlineData(null, null, "")]
    public void Resources_must_be_left(string? cpu, string? memory, string expected) => Assert.Equal(expected,
        Make.Filter(new FitPlugin(), Make.Pod("p", cpu, memory), Make.Snapshot([Make.Node("a")], Make.Pod("there", "1", "1Gi", node: "a"))));

    [Fact]
    public void A_node_takes_only_so_many_pods() => Assert.Equal("Too many pods",
        Make.Filter(new FitPlugin(), Make.Pod("p"), Make.Snapshot([Make.Node("a", pods: "1")], Make.Pod("there", node: "a"))));

    [Fact]
    public void An_extended_resource_is_counted_like_any_other()
    {
        Action<V1Pod> wants = p => p.Spec.Containers[0].Resources.Requests["example.com/gpu"] = new("1");
        V1Node node = Make.Node("a", with: n => n.Status.Allocatable["example.com/gpu"] = new("1"));
        Assert.Equal("", Make.Filter(new FitPlugin(), Make.Pod("p", with: wants), Make.Snapshot([node])));
        Assert.Equal("Insufficient example.com/gpu", Make.Filter(new FitPlugin(), Make.Pod("p", with: wants), Make.Snapshot([node], Make.Pod("q", node: "a", with: wants))));
    }

    [Fact]
    public void Init_containers_need_their_peak_and_sidecars_stay()
    {
        static V1Container Container(string cpu, string? restart = null) =>
            new() { Name = "c", RestartPolicy = restart, Resources = new() { Requests = new Dictionary<string, ResourceQuantity> { ["cpu"] = new(cpu) } } };
        var pod = Make.Pod("p", "1", with: p => p.Spec.InitContainers = [Container("500m", "Always"), Container("2")]);
        Assert.Equal(2500, new PodInfo(pod).Requests.MilliCpu);
        pod.Spec.InitContainers[1] = Container("100m");
        Assert.Equal(1500, new PodInfo(pod).Requests.MilliCpu);
    }

    private static V1Pod Tolerating(string? key, string? op, string? value, string? effect) =>
        Make.Pod("p", with: p => p.Spec.Tolerations = [new() { Key = key, OperatorProperty = op, Value = value, Effect = effect }]);

    private static V1Affinity RequiredNode(V1NodeSelectorRequirement requirement) => new()
    {
        NodeAffinity = new() { RequiredDuringSchedulingIgnoredDuringExecution = new() { NodeSelectorTerms = [new() { MatchExpressions = [requirement] }] } },
    };
}
