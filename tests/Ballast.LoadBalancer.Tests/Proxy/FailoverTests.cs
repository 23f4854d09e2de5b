using Ballast.LoadBalancer.Backends;
using Ballast.LoadBalancer.Tests.Fixtures;

namespace Ballast.LoadBalancer.Tests.Proxy;

public class FailoverTests
{
    [Fact]
    public async Task A_client_never_sees_a_server_that_dies()
    {
        await using var cluster = new BalancerFixture();
        var servers = new[] { cluster.AddServer("a"), cluster.AddServer("b"), cluster.AddServer("c") };
        cluster.Start();
        foreach (var server in servers) await cluster.BecomesAsync(server, BackendState.Ready);
        var stop = false;
        var (answers, cut) = (0, 0);
        // A handshake that the dying server has begun to answer is cut with it, as any established connection: at most one a client and death.
        async Task ClientAsync()
        {
            while (!Volatile.Read(ref stop))
            {
                try
                {
                    await using var connection = await cluster.ConnectAsync();
                    Interlocked.Increment(ref answers);
                }
                catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException)
                {
                    Interlocked.Increment(ref cut);
                }
            }
        }
        var clients = Enumerable.Range(0, 4).Select(_ => ClientAsync()).ToArray();
        foreach (var server in servers)
        {
            server.Kill();
            var before = Volatile.Read(ref answers);
            await BalancerFixture.EventuallyAsync(() => Volatile.Read(ref answers) > before + 100, "clients go on");
            server.Start();
            await cluster.BecomesAsync(server, BackendState.Ready);
        }
        Volatile.Write(ref stop, true);
        await Task.WhenAll(clients);
        Assert.InRange(cut, 0, servers.Length * clients.Length);
    }

    [Fact]
    public async Task A_server_that_refuses_is_out_before_any_check()
    {
        await using var cluster = new BalancerFixture();
        var dead = cluster.AddServer("dead");
        cluster.AddServer("alive");
        cluster.Start(o => o with { HealthCheckInterval = TimeSpan.FromMinutes(1) });
        await cluster.BecomesAsync(dead, BackendState.Ready);
        dead.Kill();
        Assert.Equal(["alive", "alive"], [await cluster.AskNameAsync(), await cluster.AskNameAsync()]);
        Assert.Equal(BackendState.Down, cluster.Backend(dead).Health.State);
    }

    [Fact]
    public async Task A_client_waiting_for_a_hanging_server_is_moved_to_another()
    {
        await using var cluster = new BalancerFixture();
        var hanging = cluster.AddServer("hanging");
        var alive = cluster.AddServer("alive");
        cluster.Start();
        await cluster.BecomesAsync(hanging, BackendState.Ready);
        await cluster.BecomesAsync(alive, BackendState.Ready);
        hanging.Hang();
        var names = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => cluster.AskNameAsync()));
        Assert.All(names, name => Assert.Equal("alive", name));
        await cluster.BecomesAsync(hanging, BackendState.Down);
        hanging.Continue();
        await cluster.BecomesAsync(hanging, BackendState.Ready);
    }

    [Fact]
    public async Task Established_connections_of_a_hanging_server_are_reset()
    {
        await using var cluster = new BalancerFixture();
        var hanging = cluster.AddServer("hanging");
        cluster.Start(o => o with { Backends = [.. o.Backends, new("127.0.0.1", cluster.AddServer("alive").Port)] });
        await using var connection = await HoldAtAsync(cluster, "hanging");
        hanging.Hang();
        _ = await Assert.ThrowsAnyAsync<IOException>(async () =>
            await connection.ReadExactlyAsync(new byte[1], TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task The_last_server_keeps_its_connections_even_when_it_hangs()
    {
        await using var cluster = new BalancerFixture();
        var only = cluster.AddServer("only");
        cluster.Start(o => o with { HealthCheckInterval = TimeSpan.FromMilliseconds(200) });
        await using var connection = await HoldAtAsync(cluster, "only");
        only.Hang();
        await BalancerFixture.EventuallyAsync(() => cluster.Backend(only).Health.Failures > 5, "several missed checks");
        Assert.Equal(1, cluster.Backend(only).Connections);
    }

    [Fact]
    public async Task A_client_waits_while_every_server_is_away()
    {
        await using var cluster = new BalancerFixture();
        var server = cluster.AddServer("late");
        cluster.Start();
        server.Kill();
        await cluster.BecomesAsync(server, BackendState.Down);
        var name = cluster.AskNameAsync();
        Assert.False(name.IsCompleted);
        server.Start();
        Assert.Equal("late", await name);
    }

    [Fact]
    public async Task Servers_that_answer_but_are_not_ready_serve_when_no_other_does()
    {
        await using var cluster = new BalancerFixture();
        var server = cluster.AddServer("not ready");
        server.Ready = false;
        cluster.Start();
        await cluster.BecomesAsync(server, BackendState.NotReady);
        Assert.Equal("not ready", await cluster.AskNameAsync());
    }

    [Fact]
    public async Task A_draining_server_gets_no_new_connections_and_keeps_the_old_for_the_drain_time()
    {
        await using var cluster = new BalancerFixture();
        var draining = cluster.AddServer("draining");
        var alive = cluster.AddServer("alive");
        cluster.Start(o => o with { DrainTimeout = TimeSpan.FromSeconds(2) });
        await cluster.BecomesAsync(alive, BackendState.Ready);
        await using var connection = await HoldAtAsync(cluster, "draining");
        draining.Ready = false;
        await cluster.BecomesAsync(draining, BackendState.NotReady);
        Assert.Equal(1, cluster.Backend(draining).Connections);
        for (var i = 0; i < 5; i++) Assert.Equal("alive", await cluster.AskNameAsync());
        _ = await Assert.ThrowsAnyAsync<IOException>(async () =>
            await connection.ReadExactlyAsync(new byte[1], TestContext.Current.CancellationToken));
    }

    internal static async Task<System.Net.Security.SslStream> HoldAtAsync(BalancerFixture cluster, string name)
    {
        for (var i = 0; i < 50; i++)
        {
            var connection = await cluster.ConnectAsync();
            if (await BalancerFixture.RequestAsync(connection, "/hold") == name) return connection;
            await connection.DisposeAsync();
        }
        throw new InvalidOperationException($"never reached {name}");
    }
}
