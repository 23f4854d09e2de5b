using Ballast.Scheduler.Cache;

namespace Ballast.Scheduler.Tests.Cache;

public class SchedulerCacheTests
{
    private readonly SchedulerCache _cache = new();
    private readonly Snapshot _snapshot = new();

    [Fact]
    public void An_assumed_pod_counts_until_it_is_forgotten()
    {
        _cache.SetNode(Make.Node("a"));
        var pod = Make.Pod("p", "1").Info();
        _cache.Assume(pod, "a");
        Assert.Equal(1000, Requested("a"));
        _cache.Forget(pod);
        Assert.Equal(0, Requested("a"));
    }

    [Fact]
    public void A_confirmed_pod_cannot_be_forgotten_and_the_API_has_the_last_word()
    {
        _cache.SetNode(Make.Node("a"));
        _cache.SetNode(Make.Node("b"));
        var pod = Make.Pod("p", "1").Info();
        _cache.Assume(pod, "a");
        _cache.SetPod(Make.Pod("p", "1", node: "b").Info());
        _cache.Forget(pod);
        Assert.Equal((0, 1000), (Requested("a"), Requested("b")));
        _cache.RemovePod(pod.Uid);
        Assert.Equal(0, Requested("b"));
    }

    [Fact]
    public void Only_nodes_that_changed_are_copied()
    {
        _cache.SetNode(Make.Node("a"));
        _cache.SetNode(Make.Node("b"));
        _cache.Update(_snapshot);
        var (a, b) = (_snapshot.Find("a"), _snapshot.Find("b"));
        _cache.Assume(Make.Pod("p", "1").Info(), "a");
        Assert.Same(a, _snapshot.Find("a"));
        _cache.Update(_snapshot);
        Assert.NotSame(a, _snapshot.Find("a"));
        Assert.Same(b, _snapshot.Find("b"));
    }

    [Fact]
    public void A_node_that_goes_leaves_the_snapshot_and_comes_back_with_its_pods()
    {
        _cache.SetNode(Make.Node("a"));
        _cache.SetPod(Make.Pod("p", "1", node: "a").Info());
        _cache.RemoveNode("a");
        _cache.Update(_snapshot);
        Assert.Empty(_snapshot.Nodes);
        _cache.SetNode(Make.Node("a"));
        Assert.Equal(1000, Requested("a"));
    }

    [Fact]
    public void Zones_take_turns()
    {
        foreach (var (name, zone) in new[] { ("a1", "a"), ("a2", "a"), ("b1", "b"), ("c1", "c"), ("c2", "c") })
            _cache.SetNode(Make.Node(name).Labelled("topology.kubernetes.io/zone", zone));
        _cache.Update(_snapshot);
        Assert.Equal(["a1", "b1", "c1", "a2", "c2"], _snapshot.Nodes.Select(n => n.Name));
    }

    private long Requested(string node)
    {
        _cache.Update(_snapshot);
        return _snapshot.Find(node)!.Requested.MilliCpu;
    }
}
