using Ballast.Client.LeaderElection;
using Ballast.Testing;
using Ballast.Testing.Api;
using k8s.Autorest;
using k8s.Models;

namespace Ballast.Client.Tests.LeaderElection;

public sealed class LeaseLockTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly InMemoryApiServer _server = new();
    private readonly ApiClient _client;

    public LeaseLockTests() => _client = _server.CreateClient();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_lease_is_what_kubectl_and_other_candidates_read()
    {
        var ours = Lock("a");
        Assert.Null(await ours.GetAsync(Cancel));
        await ours.CreateAsync(new("a", 15, Now, Now.AddSeconds(3), 2), Cancel);
        Assert.Equal(new("a", 15, Now.AddMicroseconds(1), Now.AddSeconds(3).AddMicroseconds(1), 2), await Lock("b").GetAsync(Cancel));
        var lease = await _client.Resources<V1Lease>().GetAsync("kube-system", "test", Cancel);
        Assert.Equal(("a", 15, 2), (lease.Spec.HolderIdentity, lease.Spec.LeaseDurationSeconds, lease.Spec.LeaseTransitions));
    }

    [Fact]
    public async Task Of_two_writers_the_second_is_refused()
    {
        var (a, b) = (Lock("a"), Lock("b"));
        await a.CreateAsync(new("", 1, Now, Now, 0), Cancel);
        await b.GetAsync(Cancel);
        await a.UpdateAsync(new("a", 15, Now, Now, 1), Cancel);
        var error = await Assert.ThrowsAsync<HttpOperationException>(() => b.UpdateAsync(new("b", 15, Now, Now, 1), Cancel));
        Assert.True(error.IsConflict);
    }

    [Fact]
    public async Task A_renewal_and_a_release_are_noticed_at_once()
    {
        var (holder, waiting) = (Lock("a"), Lock("b"));
        await holder.CreateAsync(new("a", 15, Now, Now, 0), Cancel);
        foreach (var next in new LeaderElectionRecord[] { new("a", 15, Now, Now.AddSeconds(2), 0), new("", 1, Now, Now.AddSeconds(3), 0) })
        {
            await waiting.GetAsync(Cancel);
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
            var changed = waiting.WaitForChangeAsync(stop.Token);
            Assert.False(changed.IsCompleted);
            await holder.UpdateAsync(next, Cancel);
            await Eventually.TrueAsync(() => changed.IsCompletedSuccessfully, "the change to be noticed");
        }
    }

    public void Dispose()
    {
        _client.Dispose();
        _server.Dispose();
    }

    private LeaseLock Lock(string identity) => new(_client, "kube-system", "test", identity);
}
