using System.Net.Sockets;
using System.Text;
using Ballast.LoadBalancer.Backends;
using Ballast.LoadBalancer.Proxy;
using Ballast.LoadBalancer.Tests.Fixtures;

namespace Ballast.LoadBalancer.Tests.Proxy;

public class RelayTests
{
    [Fact]
    public async Task What_the_client_sends_before_its_end_is_answered_after_it()
    {
        await using var cluster = new BalancerFixture();
        cluster.AddServer("a");
        cluster.Start();
        await using var connection = await cluster.ConnectAsync();
        // Larger than every buffer on the way, so that both directions have to wait for each other.
        var body = string.Concat(Enumerable.Range(0, 400_000).Select(i => (char)('a' + (i % 26))));
        await connection.WriteAsync(Encoding.ASCII.GetBytes($"GET /echo HTTP/1.1\r\n\r\n{body}"), TestContext.Current.CancellationToken);
        await connection.ShutdownAsync();
        using var reader = new StreamReader(connection, Encoding.ASCII);
        var answer = await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
        Assert.Equal(body, answer[(answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..]);
    }

    [Fact]
    public async Task A_plain_tcp_half_close_reaches_the_server_and_its_answer_comes_back()
    {
        using var authority = new TestAuthority();
        using var plain = new TcpListener(System.Net.IPAddress.Loopback, 0);
        plain.Start();
        await using var cluster = new BalancerFixture(authority);
        cluster.Start(o => o with { Backends = [new("127.0.0.1", ((System.Net.IPEndPoint)plain.LocalEndpoint).Port)], HealthCheckInterval = TimeSpan.FromMinutes(1) });
        // The first check finds no TLS here; the server is then tried as the last resort.
        using (var check = await plain.AcceptSocketAsync(TestContext.Current.CancellationToken)) check.Abort();
        await BalancerFixture.EventuallyAsync(() => cluster.Balancer.Pool.Backends[0].Health.State == BackendState.Down, "the check is over");

        using var client = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(cluster.Balancer.Endpoint, TestContext.Current.CancellationToken);
        await client.SendAsync("question"u8.ToArray(), TestContext.Current.CancellationToken);
        client.Shutdown(SocketShutdown.Send);
        using var server = await plain.AcceptSocketAsync(TestContext.Current.CancellationToken);
        Assert.Equal("question", await ReadToEndAsync(server));
        await server.SendAsync("answer"u8.ToArray(), TestContext.Current.CancellationToken);
        server.Close();
        Assert.Equal("answer", await ReadToEndAsync(client));
    }

    /// <summary>A server that stops closes its connections, and the client may be sending just then: what it said before reaches the client, however slowly that reads.</summary>
    [Fact]
    public async Task What_a_server_has_said_before_it_broke_arrives()
    {
        var cancel = TestContext.Current.CancellationToken;
        var (client, clientHere) = await PairAsync(receive: 4096);
        var (server, serverHere) = await PairAsync(receive: 1 << 20, flip: true);
        using var sockets = new SocketSet(client, clientHere, server, serverHere);
        clientHere.SendBufferSize = 4096;
        var up = Relay.RequestsAsync(clientHere, serverHere, readable: null, _ => { });
        var down = Relay.AnswersAsync(serverHere, clientHere, _ => { });

        var answer = new byte[256 << 10];
        Random.Shared.NextBytes(answer);
        await server.SendAllAsync(answer, cancel);
        await BalancerFixture.EventuallyAsync(() => serverHere.Available >= answer.Length - (128 << 10), "the answer is on its way, and held up by the client");
        await client.SendAsync("unread"u8.ToArray(), cancel);
        await BalancerFixture.EventuallyAsync(() => server.Available > 0, "the server has something unread");
        server.Close(); // resets, for that
        for (var i = 0; i < 20; i++)
        {
            await client.SendAsync("refused"u8.ToArray(), cancel);
            await Task.Delay(5, cancel);
        }

        var read = new MemoryStream();
        var buffer = new byte[8192];
        while (await client.ReceiveAsync(buffer, cancel) is > 0 and var count)
            read.Write(buffer, 0, count);
        Assert.Equal(answer, read.ToArray());
        await down.WaitAsync(TimeSpan.FromSeconds(10), cancel);
        client.Close();
        await up.WaitAsync(TimeSpan.FromSeconds(10), cancel);
    }

    /// <param name="receive">Size of the receive buffer of the first, or of the second where they are flipped.</param>
    /// <param name="flip">Whether the second is the one that connects.</param>
    private static async Task<(Socket First, Socket Second)> PairAsync(int receive, bool flip = false)
    {
        using var listener = new Socket(SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
        listener.Listen();
        var connecting = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = receive, NoDelay = true };
        await connecting.ConnectAsync(listener.LocalEndPoint!, TestContext.Current.CancellationToken);
        var accepted = await listener.AcceptAsync(TestContext.Current.CancellationToken);
        return flip ? (accepted, connecting) : (connecting, accepted);
    }

    private sealed class SocketSet(params Socket[] sockets) : IDisposable
    {
        public void Dispose()
        {
            foreach (var socket in sockets)
                socket.Dispose();
        }
    }

    private static async Task<string> ReadToEndAsync(Socket socket)
    {
        var text = "";
        var buffer = new byte[64];
        while (await socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken) is > 0 and var count)
            text += Encoding.ASCII.GetString(buffer, 0, count);
        return text;
    }

    [Fact]
    public async Task A_client_that_speaks_no_tls_takes_no_server_out()
    {
        await using var cluster = new BalancerFixture();
        var server = cluster.AddServer("a");
        cluster.Start();
        await cluster.BecomesAsync(server, BackendState.Ready);
        using var client = new TcpClient();
        await client.ConnectAsync(cluster.Balancer.Endpoint, TestContext.Current.CancellationToken);
        await client.Client.SendAsync("nonsense, and not TLS at all\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        var ended = false;
        try
        {
            ended = await client.Client.ReceiveAsync(new byte[64], TestContext.Current.CancellationToken) >= 0;
        }
        catch (SocketException)
        {
            ended = true;
        }
        Assert.True(ended);
        Assert.Equal(BackendState.Ready, cluster.Backend(server).Health.State);
        Assert.Equal("a", await cluster.AskNameAsync());
    }

    [Fact]
    public async Task On_stop_open_connections_may_end_by_themselves_and_no_new_one_is_taken()
    {
        await using var cluster = new BalancerFixture();
        var server = cluster.AddServer("a");
        cluster.Start(o => o with { DrainTimeout = TimeSpan.FromSeconds(60) });
        await cluster.BecomesAsync(server, BackendState.Ready);
        var connection = await cluster.ConnectAsync();
        cluster.Stop();
        await BalancerFixture.EventuallyAsync(() => Refuses(cluster), "refuses new connections");
        Assert.Equal("a", await BalancerFixture.RequestAsync(connection, "/name"));
        Assert.False(cluster.Running.IsCompleted);
        await connection.DisposeAsync();
        await cluster.Running.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task On_stop_connections_that_do_not_end_are_cut_after_the_drain_time()
    {
        await using var cluster = new BalancerFixture();
        cluster.AddServer("a");
        cluster.Start(o => o with { DrainTimeout = TimeSpan.FromMilliseconds(200) });
        await using var connection = await FailoverTests.HoldAtAsync(cluster, "a");
        cluster.Stop();
        await cluster.Running.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        _ = await Assert.ThrowsAnyAsync<IOException>(async () =>
            await connection.ReadExactlyAsync(new byte[1], TestContext.Current.CancellationToken));
    }

    private static bool Refuses(BalancerFixture cluster)
    {
        using var client = new TcpClient();
        try
        {
            client.Connect(cluster.Balancer.Endpoint);
            return false;
        }
        catch (SocketException)
        {
            return true;
        }
    }
}
