using System.Globalization;
using Ballast.Admin.Clusters;
using Ballast.Admin.Rollouts;
using Ballast.Client;
using Ballast.Client.LeaderElection;
using Ballast.Testing.Api;
using k8s.Models;
using Microsoft.Extensions.Time.Testing;

namespace Ballast.Admin.Tests.Rollouts;

public sealed class ChangeLockTests : IDisposable
{
    /// <summary>Of another machine, of which nothing is known here.</summary>
    private const string Elsewhere = "ballast upgrade node on cp2, process 7 (00000000-1 42)";

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 5, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly InMemoryApiServer _server = new();
    private readonly NoSteps _steps = new();
    private readonly ApiClient _client;

    public ChangeLockTests() => _client = _server.CreateClient();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private ResourceClient<V1Lease> Leases => _client.Resources<V1Lease>();

    public void Dispose()
    {
        _client.Dispose();
        _server.Dispose();
    }

    [Fact]
    public async Task It_is_held_and_renewed_during_the_work_and_free_after_it()
    {
        var end = new TaskCompletionSource<int>();
        var work = Lock(ChangeHolder.Self("ballast upgrade apply").Identity).RunAsync(token => end.Task.WaitAsync(token), Cancel);
        var taken = await LeaseAsync(l => l?.Spec.HolderIdentity is { Length: > 0 });
        Assert.StartsWith($"ballast upgrade apply on {Environment.MachineName}, process {Environment.ProcessId} (", taken!.Spec.HolderIdentity, StringComparison.Ordinal);
        await LeaseAsync(l => l!.Spec.RenewTime > taken.Spec.RenewTime);

        // A second one of this machine is refused at once: the first is seen to live.
        var refused = await Assert.ThrowsAsync<ClusterException>(() => Lock("second").RunAsync(_ => Task.FromResult(0), Cancel));
        Assert.Equal($"ballast upgrade apply on {Environment.MachineName}, process {Environment.ProcessId} is changing a host, since 2026-05-01 12:00:00Z: two at once might take down two control planes", refused.Message);
        Assert.Empty(_steps.Warnings);

        end.SetResult(7);
        Assert.Equal(7, await work);
        Assert.Equal("", (await LeaseAsync(_ => true))!.Spec.HolderIdentity ?? "");
    }

    [Fact]
    public async Task A_holder_elsewhere_that_renews_is_named()
    {
        await HeldAsync(Elsewhere);
        var second = Lock("second").RunAsync(_ => Task.FromResult(0), Cancel);
        await EventuallyAsync(() => Task.FromResult(_steps.Warnings.Count > 0));
        var lease = await Leases.GetAsync("kube-system", ChangeLock.LeaseName, Cancel);
        await Leases.UpdateAsync(lease with { Spec = lease.Spec with { RenewTime = lease.Spec.RenewTime!.Value.AddSeconds(2) } }, Cancel);
        var refused = await Assert.ThrowsAsync<ClusterException>(() => PumpAsync(second));
        Assert.StartsWith("ballast upgrade node on cp2, process 7 is changing a host, since ", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_holder_elsewhere_that_is_silent_is_waited_out_by_our_own_clock()
    {
        await HeldAsync(Elsewhere);
        var start = _time.GetTimestamp();
        var waited = await PumpAsync(Lock("second").RunAsync(_ => Task.FromResult(_time.GetElapsedTime(start)), Cancel));
        Assert.InRange(waited, ChangeLock.Duration, ChangeLock.Duration * 2);
        Assert.Equal(["ballast upgrade node on cp2, process 7 holds the lock kube-system/ballast-change: looking whether it is alive, for up to 30 s"], _steps.Warnings);
    }

    [Fact]
    public async Task A_holder_of_this_machine_that_has_died_is_not_waited_for()
    {
        var self = ChangeHolder.Self("ballast upgrade apply");
        await HeldAsync((self with { StartTicks = self.StartTicks - 1 }).Identity);
        Assert.Equal(1, await Lock("second").RunAsync(_ => Task.FromResult(1), Cancel));
        Assert.Empty(_steps.Warnings);
    }

    [Fact]
    public async Task Who_has_patience_waits_for_the_other_to_end()
    {
        var end = new TaskCompletionSource<int>();
        var first = Lock(ChangeHolder.Self("ballast join").Identity).RunAsync(_ => end.Task, Cancel);
        await LeaseAsync(l => l?.Spec.HolderIdentity is { Length: > 0 });
        var second = Lock("second", TimeSpan.FromMinutes(2)).RunAsync(_ => Task.FromResult(2), Cancel);
        await EventuallyAsync(() => Task.FromResult(_steps.Warnings.Count > 0));
        Assert.False(second.IsCompleted);
        end.SetResult(1);
        Assert.Equal(1, await PumpAsync(first));
        Assert.Equal(2, await PumpAsync(second));
        Assert.Equal([$"ballast join on {Environment.MachineName}, process {Environment.ProcessId} is changing a host: waiting for it, for up to 120 s"], _steps.Warnings);
    }

    [Fact]
    public async Task Patience_ends()
    {
        var end = new TaskCompletionSource<int>();
        var first = Lock(ChangeHolder.Self("ballast join").Identity).RunAsync(_ => end.Task, Cancel);
        await LeaseAsync(l => l?.Spec.HolderIdentity is { Length: > 0 });
        var start = _time.GetTimestamp();
        await Assert.ThrowsAsync<ClusterException>(() => PumpAsync(Lock("second", TimeSpan.FromMinutes(2)).RunAsync(_ => Task.FromResult(2), Cancel)));
        Assert.True(_time.GetElapsedTime(start) >= TimeSpan.FromMinutes(2));
        end.SetResult(1);
        Assert.Equal(1, await PumpAsync(first));
    }

    [Fact]
    public async Task Who_loses_it_to_another_stops()
    {
        var work = Lock("first").RunAsync<int>(async token =>
        {
            await Task.Delay(Timeout.Infinite, token);
            return 0;
        }, Cancel);
        // Time stands still: it is not renewed meanwhile.
        await LeaseAsync(l => l?.Spec.HolderIdentity == "first");
        var lease = await Leases.GetAsync("kube-system", ChangeLock.LeaseName, Cancel);
        await Leases.UpdateAsync(lease with { Spec = lease.Spec with { HolderIdentity = Elsewhere } }, Cancel);
        var lost = await Assert.ThrowsAsync<ClusterException>(() => PumpAsync(work));
        Assert.Equal("the lock kube-system/ballast-change could not be renewed in time, and was taken by ballast upgrade node on cp2, process 7", lost.Message);
        Assert.Equal(Elsewhere, (await LeaseAsync(_ => true))!.Spec.HolderIdentity);
    }

    [Fact]
    public async Task A_lease_that_is_put_back_to_nobodys_is_taken_again()
    {
        var end = new TaskCompletionSource<int>();
        var work = Lock("first").RunAsync(_ => end.Task, Cancel);
        await LeaseAsync(l => l?.Spec.HolderIdentity == "first");
        await Leases.DeleteAsync("kube-system", ChangeLock.LeaseName, null, Cancel);
        await LeaseAsync(l => l?.Spec.HolderIdentity == "first");
        end.SetResult(3);
        Assert.Equal(3, await work);
    }

    private ChangeLock Lock(string identity, TimeSpan patience = default) => new(new LeaseLock(_client, "kube-system", ChangeLock.LeaseName, identity), _steps, _time, patience);

    private Task HeldAsync(string holder) => new LeaseLock(_client, "kube-system", ChangeLock.LeaseName, holder).CreateAsync(
        new(holder, (int)ChangeLock.Duration.TotalSeconds, DateTimeOffset.Parse("2026-05-01T11:00:00Z", CultureInfo.InvariantCulture), DateTimeOffset.Parse("2026-05-01T11:30:00Z", CultureInfo.InvariantCulture), 0), Cancel);

    /// <summary>The Lease, once it is as it should be; time goes on meanwhile.</summary>
    private async Task<V1Lease?> LeaseAsync(Func<V1Lease?, bool> holds)
    {
        V1Lease? lease = null;
        await EventuallyAsync(async () => holds(lease = await Leases.FindAsync("kube-system", ChangeLock.LeaseName, Cancel)));
        return lease;
    }

    private async Task EventuallyAsync(Func<Task<bool>> holds)
    {
        for (var round = 0; !await holds(); round++)
        {
            Assert.True(round < 2000, "not seen in time");
            if (round > 5)
                _time.Advance(TimeSpan.FromMilliseconds(500));
            await Task.Delay(5, Cancel);
        }
    }

    private async Task<T> PumpAsync<T>(Task<T> task)
    {
        await EventuallyAsync(() => Task.FromResult(task.IsCompleted));
        return await task;
    }
}
