using System.Net;
using System.Net.Sockets;
using Ballast.ComponentBase.Serving;
using Ballast.Kubelet.Probes;
using Ballast.Kubelet.Runtimes;
using k8s.Models;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using NSubstitute;

namespace Ballast.Kubelet.Tests.Probes;

public sealed class ProbeRunnerTests : IDisposable
{
    private readonly ProbeRunner _runner = new();
    private readonly IRuntime _runtime = Substitute.For<IRuntime>();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _runner.Dispose();

    private ProbeTarget Target(int port = 0) =>
        new(_runtime, "id", new V1Container { Name = "app", Ports = [new V1ContainerPort { Name = "web", ContainerPort = port }] }, "127.0.0.1");

    private static async Task<(WebApplication App, int Port)> ServeAsync(RequestDelegate handler, bool tls = false, HttpProtocols protocols = HttpProtocols.Http1)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = protocols;
            if (tls)
                listen.UseHttps(SelfSignedCertificate.Create("probed", IPAddress.Parse("192.0.2.1"), TimeProvider.System));
        }));
        var app = builder.Build();
        app.Run(handler);
        await app.StartAsync(Cancel);
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return (app, new Uri(address).Port);
    }

    [Theory]
    [InlineData(200, null)]
    [InlineData(302, null)]
    [InlineData(404, "HTTP probe failed with statuscode: 404")]
    [InlineData(500, "HTTP probe failed with statuscode: 500")]
    public async Task Http_by_status(int status, string? expected)
    {
        var (app, port) = await ServeAsync(http =>
        {
            http.Response.StatusCode = http.Request.Path == "/live" && http.Request.Headers["X-Probe"] == "yes" ? status : 418;
            return Task.CompletedTask;
        });
        await using (app)
        {
            var probe = new V1Probe { HttpGet = new V1HTTPGetAction { Port = "web", Path = "/live", HttpHeaders = [new V1HTTPHeader { Name = "X-Probe", Value = "yes" }] }, TimeoutSeconds = 10 };
            Assert.Equal(expected, await _runner.RunAsync(probe, Target(port), Cancel));
        }
    }

    [Fact]
    public async Task Https_with_whatever_certificate()
    {
        var (app, port) = await ServeAsync(_ => Task.CompletedTask, tls: true);
        await using (app)
            Assert.Null(await _runner.RunAsync(new V1Probe { HttpGet = new V1HTTPGetAction { Port = port, Scheme = "HTTPS" }, TimeoutSeconds = 10 }, Target(), Cancel));
    }

    [Fact]
    public async Task A_server_that_does_not_answer_in_time()
    {
        var (app, port) = await ServeAsync(http => Task.Delay(Timeout.Infinite, http.RequestAborted));
        await using (app)
        {
            var failure = await _runner.RunAsync(new V1Probe { HttpGet = new V1HTTPGetAction { Port = port, Path = "/x" }, TimeoutSeconds = 1 }, Target(), Cancel);
            Assert.Equal($"Get \"http://127.0.0.1:{port}/x\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)", failure);
        }
    }

    [Fact]
    public async Task Tcp_by_connection()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        var probe = new V1Probe { TcpSocket = new V1TCPSocketAction { Port = port }, TimeoutSeconds = 10 };
        Assert.Null(await _runner.RunAsync(probe, Target(), Cancel));
        listener.Stop();
        Assert.StartsWith($"dial tcp 127.0.0.1:{port}: connect:", await _runner.RunAsync(probe, Target(), Cancel), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, null)]
    [InlineData(2, "service unhealthy (responded with \"NOT_SERVING\")")]
    public async Task Grpc_by_health_service(byte status, string? expected)
    {
        byte[] asked = [];
        var (app, port) = await ServeAsync(async http =>
        {
            using var body = new MemoryStream();
            await http.Request.Body.CopyToAsync(body);
            asked = body.ToArray();
            http.Response.ContentType = "application/grpc";
            http.Response.AppendTrailer("grpc-status", "0");
            await http.Response.Body.WriteAsync(new byte[] { 0, 0, 0, 0, 2, 8, status });
        }, protocols: HttpProtocols.Http2);
        await using (app)
        {
            Assert.Equal(expected, await _runner.RunAsync(new V1Probe { Grpc = new V1GRPCAction { Port = port, Service = "db" }, TimeoutSeconds = 10 }, Target(), Cancel));
            Assert.Equal([0, 0, 0, 0, 4, 10, 2, (byte)'d', (byte)'b'], asked);
        }
    }

    [Fact]
    public async Task Exec_by_exit_code()
    {
        _runtime.ExecAsync("id", Arg.Any<IReadOnlyList<string>>(), TimeSpan.FromSeconds(1), Arg.Any<CancellationToken>())
            .Returns(new ExecResult(0, ""), new ExecResult(1, "not yet\n"));
        var probe = new V1Probe { Exec = new V1ExecAction { Command = ["check"] } };
        Assert.Null(await _runner.RunAsync(probe, Target(), Cancel));
        Assert.Equal("not yet", await _runner.RunAsync(probe, Target(), Cancel));
    }

    [Fact]
    public void Thresholds_count_results_in_a_row()
    {
        var counter = new ProbeCounter(ProbeKind.Readiness, successThreshold: 2, failureThreshold: 3);
        ProbeVerdict?[] verdicts = [.. new[] { true, true, false, false, true, false, false, false, true, true }.Select(counter.Add)];
        Assert.Equal([null, ProbeVerdict.Success, null, null, null, null, null, ProbeVerdict.Failure, null, ProbeVerdict.Success], verdicts);
    }
}
