using Ballast.Scheduler.Plugins.NodeResources;
using Ballast.Scheduler.Plugins.QueueSort;
using Ballast.Scheduler.Plugins.SchedulingGates;
using Ballast.Scheduler.Queue;
using k8s.Models;
using Microsoft.Extensions.Time.Testing;

namespace Ballast.Scheduler.Tests.Queue;

public sealed class SchedulingQueueTests : IDisposable
{
    private static readonly ClusterEvent PodDeleted = new(ClusterEvents.AssignedPodDeleted, OldPod: Make.Pod("gone", "1").Info());
    private static readonly ClusterEvent Irrelevant = new(ClusterEvents.NodeConditions);
    private readonly FakeTimeProvider _time = new();
    private readonly SchedulingQueue _queue;

    public SchedulingQueueTests() => _queue = new(new PrioritySort(), [new SchedulingGatesPlugin()], [new FitPlugin(), new SchedulingGatesPlugin()], QueueOptions.Default, _time);

    [Fact]
    public async Task Higher_priority_goes_first_then_who_waits_longer()
    {
        foreach (var (name, priority) in new[] { ("old", 0), ("new", 0), ("urgent", 10) })
        {
            _queue.Add(Make.Pod(name, priority: priority).Info());
            _time.Advance(TimeSpan.FromMilliseconds(1));
        }
        Assert.Equal(["urgent", "old", "new"], [await PopAsync(), await PopAsync(), await PopAsync()]);
    }

    [Fact]
    public async Task What_helps_brings_a_pod_back_after_its_backoff_and_nothing_else_does()
    {
        await FailAsync(Make.Pod("p", "1"));
        _queue.Move(Irrelevant);
        Assert.Equal((0, 0, 1, 0), _queue.Pending);
        _queue.Move(PodDeleted);
        Assert.Equal((0, 1, 0, 0), _queue.Pending);
        Advance(TimeSpan.FromSeconds(0.9));
        Assert.Equal((0, 1, 0, 0), _queue.Pending);
        Advance(TimeSpan.FromSeconds(0.2));
        Assert.Equal((1, 0, 0, 0), _queue.Pending);
    }

    [Fact]
    public async Task The_backoff_doubles_to_ten_seconds()
    {
        _queue.Add(Make.Pod("p", "1").Info());
        var waits = new List<double>();
        for (var i = 0; i < 6; i++)
        {
            var pod = await _queue.PopAsync(TestContext.Current.CancellationToken);
            pod.UnschedulablePlugins.Add("NodeResourcesFit");
            _queue.AddUnschedulable(pod);
            _queue.Move(PodDeleted);
            var waited = 0.0;
            for (; _queue.Pending.Active == 0; waited += 0.5) Advance(TimeSpan.FromSeconds(0.5));
            waits.Add(waited);
        }
        Assert.Equal([1, 2, 4, 8, 10, 10], waits);
    }

    [Fact]
    public async Task An_event_during_the_attempt_is_not_missed()
    {
        _queue.Add(Make.Pod("p", "1").Info());
        var pod = await _queue.PopAsync(TestContext.Current.CancellationToken);
        _queue.Move(PodDeleted);
        pod.UnschedulablePlugins.Add("NodeResourcesFit");
        _queue.AddUnschedulable(pod);
        Assert.Equal((0, 1, 0, 0), _queue.Pending);
    }

    [Fact]
    public async Task After_an_error_the_pod_only_backs_off()
    {
        _queue.Add(Make.Pod("p").Info());
        _queue.AddUnschedulable(await _queue.PopAsync(TestContext.Current.CancellationToken));
        Assert.Equal((0, 1, 0, 0), _queue.Pending);
    }

    [Fact]
    public async Task After_five_minutes_it_is_tried_without_an_event()
    {
        await FailAsync(Make.Pod("p", "1"));
        _time.Advance(TimeSpan.FromMinutes(4.9));
        _queue.FlushUnschedulable();
        Assert.Equal((0, 0, 1, 0), _queue.Pending);
        _time.Advance(TimeSpan.FromMinutes(0.2));
        _queue.FlushUnschedulable();
        Assert.Equal((1, 0, 0, 0), _queue.Pending);
    }

    [Fact]
    public async Task Gates_keep_a_pod_out_until_they_are_gone()
    {
        var gated = Make.Pod("p", with: p => p.Spec.SchedulingGates = [new() { Name = "a" }, new() { Name = "b" }]);
        Assert.Equal("waiting for scheduling gates: [a b]", _queue.Add(gated.Info())!.Message);
        _queue.Move(PodDeleted);
        Assert.Equal((0, 0, 0, 1), _queue.Pending);
        Assert.Null(_queue.Update(Make.Pod("p").Info()));
        Assert.Equal("p", await PopAsync());
    }

    [Fact]
    public async Task A_pod_deleted_during_its_attempt_does_not_come_back()
    {
        _queue.Add(Make.Pod("p").Info());
        var pod = await _queue.PopAsync(TestContext.Current.CancellationToken);
        _queue.Delete(pod.Info.Uid);
        _queue.AddUnschedulable(pod);
        Assert.Equal((0, 0, 0, 0), _queue.Pending);
    }

    [Fact]
    public async Task A_change_during_the_attempt_is_what_the_next_attempt_sees()
    {
        _queue.Add(Make.Pod("p", "1").Info());
        var pod = await _queue.PopAsync(TestContext.Current.CancellationToken);
        _queue.Update(Make.Pod("p", "2").Info());
        pod.UnschedulablePlugins.Add("NodeResourcesFit");
        _queue.AddUnschedulable(pod);
        Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(2000, (await _queue.PopAsync(TestContext.Current.CancellationToken)).Info.Requests.MilliCpu);
    }

    public void Dispose() => _queue.Dispose();

    private void Advance(TimeSpan time)
    {
        _time.Advance(time);
        _queue.FlushBackoff();
    }

    private async Task<string> PopAsync() => (await _queue.PopAsync(TestContext.Current.CancellationToken)).Info.Key.Name;

    private async Task FailAsync(V1Pod pod)
    {
        _queue.Add(pod.Info());
        var queued = await _queue.PopAsync(TestContext.Current.CancellationToken);
        queued.UnschedulablePlugins.Add("NodeResourcesFit");
        _queue.AddUnschedulable(queued);
    }
}
