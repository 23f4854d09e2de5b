using Ballast.Kubelet.Pods;
using Microsoft.Extensions.Time.Testing;

namespace Ballast.Kubelet.Tests.Pods;

public sealed class BackoffTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly Backoff _backoff;

    public BackoffTests() => _backoff = new Backoff(_time);

    [Fact]
    public void The_first_restart_is_at_once_and_the_delay_doubles_to_a_minute()
    {
        Assert.Null(_backoff.Remaining("app", _time.GetUtcNow()));
        List<double> delays = [];
        for (var i = 0; i < 8; i++)
        {
            _backoff.Next("app", _time.GetUtcNow());
            var delay = _backoff.Remaining("app", _time.GetUtcNow())!.Value.Delay;
            delays.Add(delay.TotalSeconds);
            _time.Advance(delay);
            Assert.Null(_backoff.Remaining("app", _time.GetUtcNow() - delay));
        }
        Assert.Equal([1, 2, 4, 8, 16, 32, 60, 60], delays);
    }

    [Fact]
    public void What_was_waited_already_counts()
    {
        var finished = _time.GetUtcNow();
        _backoff.Next("app", finished);
        _time.Advance(TimeSpan.FromMilliseconds(400));
        Assert.Equal(TimeSpan.FromMilliseconds(600), _backoff.Remaining("app", finished)!.Value.Left);
    }

    [Fact]
    public void Ten_quiet_minutes_are_forgiveness()
    {
        _backoff.Next("app", _time.GetUtcNow());
        _backoff.Next("app", _time.GetUtcNow());
        _time.Advance(TimeSpan.FromMinutes(10) + TimeSpan.FromSeconds(1));
        Assert.Null(_backoff.Remaining("app", _time.GetUtcNow()));
        _backoff.Next("app", _time.GetUtcNow());
        Assert.Equal(TimeSpan.FromSeconds(1), _backoff.Remaining("app", _time.GetUtcNow())!.Value.Delay);
    }
}
