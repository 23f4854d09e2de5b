using Ballast.LoadBalancer.Backends;
using Ballast.LoadBalancer.Balancing;

namespace Ballast.LoadBalancer.Tests.Balancing;

public class BalancingTests
{
    [Fact]
    public void Least_connections_wins_and_equals_take_turns()
    {
        var (a, b, c) = (Server(1), Server(2), Server(3));
        var policy = new LeastConnectionsPolicy();
        a.Enter();
        var picks = Enumerable.Range(0, 10).Select(_ => policy.Pick([a, b, c])).ToArray();
        Assert.DoesNotContain(a, picks);
        Assert.Contains(b, picks);
        Assert.Contains(c, picks);
        a.Leave();
        b.Enter();
        c.Enter();
        Assert.All(Enumerable.Range(0, 5).Select(_ => policy.Pick([a, b, c])), pick => Assert.Equal(a, pick));
    }

    [Fact]
    public void The_fittest_come_first_and_every_server_comes_once()
    {
        var now = DateTimeOffset.UnixEpoch;
        var pool = new BackendPool(TimeProvider.System);
        pool.Start([.. Enumerable.Range(1, 5).Select(i => new BackendAddress("10.0.0." + i, 6443))], []);
        var servers = pool.Backends;
        servers[0].Failed("gone", now);
        servers[1].Answered(false, "starting", now);
        servers[3].Answered(true, null, now);
        servers[3].Unlist(now);
        servers[4].Answered(true, null, now);
        var selector = new BackendSelector(pool, new LeastConnectionsPolicy());
        var tried = new HashSet<Backend>();
        var order = new List<Backend>();
        while (selector.Next(tried) is { } next)
        {
            tried.Add(next);
            order.Add(next);
        }
        Assert.Equal([servers[4], servers[3], servers[2], servers[1], servers[0]], order);
    }

    private static Backend Server(int i) => new(new("10.0.0." + i, 6443), seed: true, DateTimeOffset.UnixEpoch);
}
