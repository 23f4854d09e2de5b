using System.Net;
using Ballast.ComponentBase.Commands;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Prometheus;

namespace Ballast.LoadBalancer.Status;

/// <summary>Plain HTTP: <c>/</c> for people, <c>/status</c> (JSON), <c>/metrics</c>, <c>/healthz</c>, <c>/livez</c>, and <c>/readyz</c>, green while any server is ready.</summary>
internal sealed class StatusServer : IDisposable
{
    private readonly WebApplication _app;

    public StatusServer(IPEndPoint endpoint, StatusReport report, CollectorRegistry registry, ILoggerFactory logs)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(endpoint));
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton(logs);
        _app = builder.Build();
        // Plain request delegates: making delegates of lambdas that return results costs a host that starts a good part of a second of its processor.
        Map("/", context => Answer(context, report.Html(), type: "text/html; charset=utf-8"));
        Map("/status", context => context.Response.WriteAsJsonAsync(report.Current));
        Map("/healthz", context => Answer(context, "ok"));
        Map("/livez", context => Answer(context, "ok"));
        Map("/readyz", context => report.AnyReady ? Answer(context, "ok") : Answer(context, "no server is ready", StatusCodes.Status500InternalServerError));
        Map("/metrics", context =>
        {
            context.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
            return registry.CollectAndExportAsTextAsync(context.Response.Body, context.RequestAborted);
        });
    }

    private void Map(string path, RequestDelegate answer) => _app.MapGet(path, answer);

    private static Task Answer(HttpContext context, string text, int code = StatusCodes.Status200OK, string type = "text/plain; charset=utf-8")
    {
        (context.Response.StatusCode, context.Response.ContentType) = (code, type);
        return context.Response.WriteAsync(text);
    }

    public IPEndPoint? Endpoint => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault() is { } address
        && Uri.TryCreate(address, UriKind.Absolute, out var uri) ? new(IPAddress.Parse(uri.Host), uri.Port) : null;

    /// <summary>Throws <see cref="UsageException"/> when the address cannot be had.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _app.StartAsync(cancellationToken);
        }
        catch (IOException e)
        {
            throw new UsageException($"cannot serve status: {e.Message}");
        }
    }

    public Task StopAsync() => _app.StopAsync(CancellationToken.None);

    public void Dispose() => ((IDisposable)_app).Dispose();
}
