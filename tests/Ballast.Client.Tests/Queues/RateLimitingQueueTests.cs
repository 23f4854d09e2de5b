using Ballast.Client.Queues;
using Microsoft.Extensions.Time.Testing;

namespace Ballast.Client.Tests.Queues;

public sealed class RateLimitingQueueTests : IDisposable
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private readonly FakeTimeProvider _time = new();
    private readonly RateLimitingQueue<string> _queue;

    public RateLimitingQueueTests() => _queue = new("test", _time);

    public void Dispose() => _queue.Dispose();

    [Fact]
    public async Task An_item_is_in_the_queue_once()
    {
        _queue.Add("a");
        _queue.Add("b");
        _queue.Add("a");
        Assert.Equal(2, _queue.Length);
        Assert.Equal((true, "a"), await _queue.GetAsync(Cancel));
        Assert.Equal((true, "b"), await _queue.GetAsync(Cancel));
    }

    [Fact]
    public async Task An_item_added_while_it_is_worked_on_comes_again_after_done()
    {
        _queue.Add("a");
        await _queue.GetAsync(Cancel);
        _queue.Add("a");
        _queue.Add("a");
        Assert.Equal(0, _queue.Length);
        _queue.Done("a");
        Assert.Equal(1, _queue.Length);
        await _queue.GetAsync(Cancel);
        _queue.Done("a");
        Assert.Equal(0, _queue.Length);
    }

    [Fact]
    public async Task A_waiting_worker_gets_the_item()
    {
        var waiting = _queue.GetAsync(Cancel).AsTask();
        Assert.False(waiting.IsCompleted);
        _queue.Add("a");
        Assert.Equal((true, "a"), await waiting);
    }

    [Fact]
    public async Task A_cancelled_worker_takes_nothing_with_it()
    {
        using var cancel = new CancellationTokenSource();
        var cancelled = _queue.GetAsync(cancel.Token).AsTask();
        var waiting = _queue.GetAsync(Cancel).AsTask();
        await cancel.CancelAsync();
        _queue.Add("a");
        Assert.Equal((true, "a"), await waiting);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
    }

    [Fact]
    public void Of_two_delays_the_earlier_counts()
    {
        _queue.AddAfter("a", TimeSpan.FromSeconds(10));
        _queue.AddAfter("a", TimeSpan.FromSeconds(2));
        _queue.AddAfter("a", TimeSpan.FromSeconds(5));
        _time.Advance(TimeSpan.FromMilliseconds(1999));
        Assert.Equal(0, _queue.Length);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(1, _queue.Length);
    }

    [Fact]
    public async Task An_overtaken_delay_does_not_bring_the_item_back()
    {
        _queue.AddAfter("a", TimeSpan.FromSeconds(10));
        _queue.AddAfter("a", TimeSpan.FromSeconds(2));
        _time.Advance(TimeSpan.FromSeconds(2));
        await _queue.GetAsync(Cancel);
        _queue.Done("a");
        _time.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal(0, _queue.Length);
    }

    [Fact]
    public async Task Retries_wait_twice_as_long_each_time_until_forgotten()
    {
        foreach (var expected in (int[])[5, 10, 20, 40])
        {
            _queue.AddRateLimited("a");
            _time.Advance(TimeSpan.FromMilliseconds(expected - 1));
            Assert.Equal(0, _queue.Length);
            _time.Advance(TimeSpan.FromMilliseconds(1));
            Assert.Equal(1, _queue.Length);
            await _queue.GetAsync(Cancel);
            _queue.Done("a");
        }
        Assert.Equal(4, _queue.NumRequeues("a"));
        _queue.Forget("a");
        _queue.AddRateLimited("a");
        _time.Advance(TimeSpan.FromMilliseconds(5));
        Assert.Equal(1, _queue.Length);
    }

    [Fact]
    public async Task After_shutdown_workers_get_what_is_ready_and_then_nothing()
    {
        _queue.Add("a");
        _queue.ShutDown();
        _queue.Add("b");
        Assert.Equal((true, "a"), await _queue.GetAsync(Cancel));
        Assert.False((await _queue.GetAsync(Cancel)).Found);
    }
}
