using System.Net;
using System.Net.Sockets;
using Ballast.Testing.ApiServer;

namespace Ballast.ApiServer.Tests.Server;

public sealed class GoAwayTests(ApiServerFixture fixture)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>A client of HTTP/2 is sent away and comes again on a new connection; none of its requests fails.</summary>
    [Theory]
    [InlineData(0.0, 2, false)]
    [InlineData(1.0, 2, true)]
    [InlineData(1.0, 1, false)]
    public async Task Clients_of_HTTP2_are_asked_to_connect_anew(double chance, int httpVersion, bool anew)
    {
        await using var server = await TestApiServer.StartAsync(fixture.Etcd, o => o with { GoAwayChance = chance });
        var connections = 0;
        using var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (context, cancel) =>
            {
                Interlocked.Increment(ref connections);
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(context.DnsEndPoint, cancel);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
#pragma warning disable CA5359 // The test's own server, by its port.
        handler.SslOptions.RemoteCertificateValidationCallback = (_, _, _, _) => true;
#pragma warning restore CA5359
        using var client = new HttpClient(handler) { BaseAddress = server.Address, DefaultRequestVersion = new Version(httpVersion, httpVersion == 1 ? 1 : 0), DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };

        for (var i = 0; i < 20; i++)
            Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/version", Cancel)).StatusCode);

        Assert.True(anew ? connections > 1 : connections == 1, $"{connections} connections");
    }
}
