using Ballast.LoadBalancer.Backends;
using Ballast.LoadBalancer.Health;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Ballast.LoadBalancer.Tests.Health;

public class EvictionTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly BackendPool _pool;
    private readonly HealthMonitor _monitor;
    private readonly ScriptedProbe _probe = new();
    private readonly Backend _first;
    private readonly Backend _second;

    public EvictionTests()
    {
        _pool = new(_time);
        _pool.Start([new("10.0.0.1", 6443), new("10.0.0.2", 6443)], []);
        (_first, _second) = (_pool.Backends[0], _pool.Backends[1]);
        _monitor = new(_pool, _probe, new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(15)),
            new(Prometheus.Metrics.NewCustomRegistry(), _pool), _time, NullLogger<HealthMonitor>.Instance);
        _first.Enter();
        _second.Answered(true, null, _time.GetUtcNow());
    }

    [Fact]
    public async Task Silence_is_down_at_once_and_evicts_at_the_fifth_check()
    {
        _probe.Answer = async token => { await Task.Delay(Timeout.Infinite, token); return null; };
        var evictions = new List<bool>();
        for (var i = 0; i < 5; i++)
        {
            var check = _monitor.CheckAsync(_first, TestContext.Current.CancellationToken);
            _time.Advance(TimeSpan.FromMilliseconds(800));
            await check;
            evictions.Add(_monitor.MustEvict(_first));
        }
        Assert.Equal([false, false, false, false, true], evictions);
        Assert.Equal((BackendState.Down, "no answer to /readyz within 800 ms"), (_first.Health.State, _first.Health.Reason));
    }

    [Fact]
    public void A_silent_server_that_still_sends_to_its_clients_is_busy_and_keeps_them()
    {
        for (var i = 0; i < 5; i++)
            _first.Failed("no answer to /readyz within 800 ms", _time.GetUtcNow());
        _first.Heard(_time.GetTimestamp());
        Assert.False(_monitor.MustEvict(_first));
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.True(_monitor.MustEvict(_first));
    }

    [Fact]
    public void A_server_not_ready_is_evicted_after_the_drain_time_only_while_another_is_ready()
    {
        _first.Answered(false, "/readyz answers 500", _time.GetUtcNow());
        _time.Advance(TimeSpan.FromSeconds(14));
        _first.Answered(false, "/readyz answers 500", _time.GetUtcNow());
        Assert.False(_monitor.MustEvict(_first));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(_monitor.MustEvict(_first));
        _second.Answered(false, "/readyz answers 500", _time.GetUtcNow());
        Assert.False(_monitor.MustEvict(_first));
    }

    [Fact]
    public void A_server_off_the_list_is_evicted_after_the_drain_time()
    {
        _first.Answered(true, null, _time.GetUtcNow());
        _first.Unlist(_time.GetUtcNow());
        Assert.False(_monitor.MustEvict(_first));
        _time.Advance(TimeSpan.FromSeconds(15));
        Assert.True(_monitor.MustEvict(_first));
        _first.List();
        Assert.False(_monitor.MustEvict(_first));
    }

    [Fact]
    public async Task An_answer_tells_ready_from_not_ready()
    {
        _probe.Answer = _ => Task.FromResult<string?>("/readyz answers 500");
        await _monitor.CheckAsync(_first, TestContext.Current.CancellationToken);
        Assert.Equal((BackendState.NotReady, "/readyz answers 500"), (_first.Health.State, _first.Health.Reason));
        _probe.Answer = _ => Task.FromResult<string?>(null);
        await _monitor.CheckAsync(_first, TestContext.Current.CancellationToken);
        Assert.Equal((BackendState.Ready, null), (_first.Health.State, _first.Health.Reason));
    }

    private sealed class ScriptedProbe : IHealthProbe
    {
        public Func<CancellationToken, Task<string?>> Answer { get; set; } = _ => Task.FromResult<string?>(null);

        public async ValueTask<string?> ProbeAsync(BackendAddress address, CancellationToken cancellationToken) => await Answer(cancellationToken);
    }
}
