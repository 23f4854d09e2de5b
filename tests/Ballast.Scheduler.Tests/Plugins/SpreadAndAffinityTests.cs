using Ballast.Scheduler.Plugins.InterPodAffinity;
using Ballast.Scheduler.Plugins.PodTopologySpread;
using k8s.Models;

namespace Ballast.Scheduler.Tests.Plugins;

public class SpreadAndAffinityTests
{
    private const string Zone = "topology.kubernetes.io/zone";
    private static readonly V1Node[] Nodes =
        [Make.Node("a").Labelled(Zone, "z1"), Make.Node("b").Labelled(Zone, "z1"), Make.Node("c").Labelled(Zone, "z2"), Make.Node("d")];

    // The default constraints are asked for only when nodes are scored.
    private static readonly PodTopologySpreadPlugin Spread = new(null!);

    [Fact]
    public void Spread_keeps_the_skew_and_names_nodes_outside_the_topology() => Assert.Equal(
        "node(s) didn't match pod topology spread constraints | node(s) didn't match pod topology spread constraints |  | node(s) didn't match pod topology spread constraints (missing required label) !",
        Make.Filter(Spread, Spreading("p", 1), Make.Snapshot(Nodes, Make.Pod("x", node: "a", labels: "app=web"))));

    [Fact]
    public void Spread_counts_only_matching_pods_and_allows_the_skew()
    {
        Assert.Equal(" |  |  | node(s) didn't match pod topology spread constraints (missing required label) !",
            Make.Filter(Spread, Spreading("p", 1), Make.Snapshot(Nodes, Make.Pod("x", node: "a", labels: "app=db"))));
        Assert.StartsWith(" |  |  | ",
            Make.Filter(Spread, Spreading("p", 2), Make.Snapshot(Nodes, Make.Pod("x", node: "a", labels: "app=web"))), StringComparison.Ordinal);
        Assert.Equal("skipped", Make.Filter(Spread, Make.Pod("p"), Make.Snapshot(Nodes)));
    }

    [Fact]
    public void Spread_prefers_the_emptier_domain()
    {
        var pod = Spreading("p", 1, "ScheduleAnyway");
        var scores = Make.Score(Spread, pod, Make.Snapshot(Nodes, Make.Pod("x", node: "a", labels: "app=web"), Make.Pod("y", node: "b", labels: "app=web"))).Split(' ').Select(int.Parse).ToArray();
        Assert.Equal((scores[0], 100, 0), (scores[1], scores[2], scores[3]));
        Assert.True(scores[0] < scores[2]);
    }

    [Theory]
    [InlineData("app=web", " |  | node(s) didn't match pod affinity rules ! | node(s) didn't match pod affinity rules !")]
    [InlineData("app=db", "node(s) didn't match pod affinity rules ! | node(s) didn't match pod affinity rules ! | node(s) didn't match pod affinity rules ! | node(s) didn't match pod affinity rules !")]
    public void Affinity_goes_where_the_others_are(string labels, string expected) => Assert.Equal(expected,
        Make.Filter(new InterPodAffinityPlugin(), Affine("p", "app=other"), Make.Snapshot(Nodes, Make.Pod("x", node: "a", labels: labels))));

    [Fact]
    public void The_first_of_a_group_may_start_anywhere_in_the_topology() => Assert.Equal(
        " |  |  | node(s) didn't match pod affinity rules !",
        Make.Filter(new InterPodAffinityPlugin(), Affine("p", "app=web"), Make.Snapshot(Nodes)));

    [Fact]
    public void Anti_affinity_stays_away_in_both_directions()
    {
        var anti = Make.Pod("p", labels: "app=web", with: p => p.Spec.Affinity = new() { PodAntiAffinity = new() { RequiredDuringSchedulingIgnoredDuringExecution = [Term()] } });
        Assert.Equal("node(s) didn't match pod anti-affinity rules | node(s) didn't match pod anti-affinity rules |  | ",
            Make.Filter(new InterPodAffinityPlugin(), anti, Make.Snapshot(Nodes, Make.Pod("x", node: "a", labels: "app=web"))));
        anti.Spec.NodeName = "a";
        Assert.Equal("node(s) didn't satisfy existing pods anti-affinity rules | node(s) didn't satisfy existing pods anti-affinity rules |  | ",
            Make.Filter(new InterPodAffinityPlugin(), Make.Pod("q", labels: "app=web"), Make.Snapshot(Nodes, anti)));
        Assert.Equal("skipped", Make.Filter(new InterPodAffinityPlugin(), Make.Pod("q", labels: "app=db"), Make.Snapshot(Nodes, anti)));
    }

    [Fact]
    public void Preferred_affinity_draws_and_preferred_anti_affinity_repels()
    {
        var wish = new V1WeightedPodAffinityTerm { Weight = 10, PodAffinityTerm = Term() };
        var snapshot = Make.Snapshot(Nodes, Make.Pod("x", node: "a", labels: "app=web"));
        Assert.Equal("100 100 0 0", Make.Score(new InterPodAffinityPlugin(),
            Make.Pod("p", with: p => p.Spec.Affinity = new() { PodAffinity = new() { PreferredDuringSchedulingIgnoredDuringExecution = [wish] } }), snapshot));
        Assert.Equal("0 0 100 100", Make.Score(new InterPodAffinityPlugin(),
            Make.Pod("p", with: p => p.Spec.Affinity = new() { PodAntiAffinity = new() { PreferredDuringSchedulingIgnoredDuringExecution = [wish] } }), snapshot));
        Assert.Equal("skipped", Make.Score(new InterPodAffinityPlugin(), Make.Pod("p"), snapshot));
    }

    private static V1PodAffinityTerm Term() => new() { TopologyKey = Zone, LabelSelector = Web() };

    private static V1LabelSelector Web() => new() { MatchLabels = new Dictionary<string, string> { ["app"] = "web" } };

    private static V1Pod Affine(string name, string labels) => Make.Pod(name, labels: labels,
        with: p => p.Spec.Affinity = new() { PodAffinity = new() { RequiredDuringSchedulingIgnoredDuringExecution = [Term()] } });

    private static V1Pod Spreading(string name, int skew, string action = "DoNotSchedule") => Make.Pod(name, labels: "app=web",
        with: p => p.Spec.TopologySpreadConstraints = [new() { MaxSkew = skew, TopologyKey = Zone, WhenUnsatisfiable = action, LabelSelector = Web() }]);
}
