using Ballast.Admin.Certificates.Rotation;
using k8s.Models;
using static Ballast.Admin.Certificates.Rotation.RotationStage;

namespace Ballast.Admin.Tests.Certificates.Rotation;

/// <summary>No host begins a stage before all have done the one before.</summary>
public sealed class RotationProgressTests
{
    [Fact]
    public void Both_are_accepted_in_any_order() =>
        Assert.Empty(Waited("worker1", ("cp1", null), ("cp2", null), ("worker1", null)));

    [Fact]
    public void Nothing_is_reissued_before_all_accept_both() =>
        Assert.Equal(["cp2", "worker1"], Waited("cp1", ("cp1", AcceptBoth), ("cp2", null), ("worker1", null)));

    [Fact]
    public void A_worker_waits_for_the_control_planes_that_sign_for_it_and_not_for_other_workers()
    {
        Assert.Equal(["cp2"], Waited("worker1", ("cp1", Reissue), ("cp2", AcceptBoth), ("worker1", AcceptBoth), ("worker2", AcceptBoth)));
        Assert.Empty(Waited("worker1", ("cp1", Reissue), ("cp2", Reissue), ("worker1", AcceptBoth), ("worker2", AcceptBoth)));
        Assert.Empty(Waited("cp1", ("cp1", AcceptBoth), ("cp2", AcceptBoth), ("worker1", AcceptBoth)));
    }

    [Fact]
    public void Nothing_is_dropped_before_all_are_reissued()
    {
        Assert.Equal(["worker1"], Waited("cp1", ("cp1", Reissue), ("cp2", Reissue), ("worker1", AcceptBoth)));
        Assert.Empty(Waited("cp1", ("cp1", Reissue), ("cp2", DropOld), ("worker1", Reissue)));
    }

    [Fact]
    public void Who_has_done_all_waits_for_the_others_to_clear_up() =>
        Assert.Equal(["cp2"], Waited("cp1", ("cp1", DropOld), ("cp2", Reissue), ("worker1", DropOld)));

    [Fact]
    public void A_node_that_is_deleted_is_not_waited_for() =>
        Assert.Empty(Waited("cp1", ("cp1", AcceptBoth), ("worker1", AcceptBoth)));

    [Fact]
    public void The_one_that_clears_up_is_the_last()
    {
        Assert.Equal(["cp1", "cp2", "worker1"], Of(("worker1", AcceptBoth), ("cp2", AcceptBoth), ("cp1", AcceptBoth)).Left.Select(h => h.Name));
        Assert.Equal(["worker1", "cp1", "cp2"], Of(("worker1", Reissue), ("cp2", Reissue), ("cp1", Reissue)).Left.Select(h => h.Name));
        Assert.Equal(["cp2"], Of(("worker1", DropOld), ("cp2", Reissue), ("cp1", DropOld)).Left.Select(h => h.Name));
        Assert.Null(Of(("cp1", DropOld)).Current);
    }

    [Theory]
    [InlineData("20260501T120000Z.reissue", Reissue)]
    [InlineData("20260401T120000Z.reissue", null)]
    [InlineData("20260501T120000Z.later", null)]
    [InlineData("nonsense", null)]
    [InlineData("", null)]
    public void What_a_node_has_done_in_another_rotation_says_nothing(string said, RotationStage? done) =>
        Assert.Equal(done, RotationHost.Of(new V1Node { Metadata = new() { Name = "cp1", Annotations = new Dictionary<string, string> { [RotationRecord.DoneAnnotation] = said } } }, "20260501T120000Z").Done);

    private static IEnumerable<string> Waited(string self, params (string Name, RotationStage? Done)[] hosts)
    {
        var progress = Of(hosts);
        return progress.WaitedForBy(progress.Hosts.Single(h => h.Name == self)).Select(h => h.Name);
    }

    private static RotationProgress Of(params (string Name, RotationStage? Done)[] hosts) =>
        new([.. hosts.Select(h => new RotationHost(h.Name, h.Name.StartsWith("cp", StringComparison.Ordinal), h.Done))]);
}
