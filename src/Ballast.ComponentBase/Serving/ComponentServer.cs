using Ballast.ComponentBase.Commands;
using Ballast.ComponentBase.Health;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Ballast.ComponentBase.Serving;

/// <summary>
/// The small HTTPS server of a controller manager or scheduler: <c>/healthz</c>, <c>/livez</c>, <c>/readyz</c> for everyone, <c>/metrics</c> where
/// <paramref name="authorize"/> lets the caller in, and nothing else.
/// </summary>
/// <param name="serving">Where and with which certificate.</param>
/// <param name="checks">What health asks; the same for all three paths.</param>
/// <param name="authorize">May this request read <c>/metrics</c>?</param>
public sealed class ComponentServer(SecureServing serving, IReadOnlyList<HealthCheck> checks, Func<HttpContext, bool> authorize)
{
    /// <summary>Listens until <paramref name="cancel"/> fires.</summary>
    /// <exception cref="UsageException">The address is in use.</exception>
    public async Task RunAsync(ComponentContext context, CancellationToken cancel)
    {
        var log = context.Logs.CreateLogger("Health");
        HealthEndpoints[] health = [.. new[] { "/healthz", "/livez", "/readyz" }
            .Select(path => new HealthEndpoints(path, checks, (check, reason) => log.LogInformation("{Check}: {Reason}", check, reason)))];
        await using var app = serving.Build(context.Logs, http => HandleAsync(http, health));
        try
        {
            await app.StartAsync(cancel);
        }
        catch (IOException busy)
        {
            throw new UsageException($"cannot listen on {serving.Address}:{serving.Port}: {busy.Message}");
        }
        await app.WaitForShutdownAsync(cancel);
    }

    private Task HandleAsync(HttpContext http, HealthEndpoints[] health)
    {
        var path = http.Request.Path.Value ?? "";
        foreach (var endpoint in health)
        {
            if (path == endpoint.Path || path.StartsWith(endpoint.Path + "/", StringComparison.Ordinal))
                return endpoint.HandleAsync(http);
        }
        if (path == "/metrics")
            return authorize(http) ? Metrics.MetricsEndpoint.HandleAsync(http) : Refuse(http);
        http.Response.StatusCode = 404;
        return http.Response.WriteAsync("404 page not found\n");
    }

    private static Task Refuse(HttpContext http)
    {
        http.Response.StatusCode = 403;
        return http.Response.WriteAsync("Forbidden: reading /metrics needs a client certificate of the cluster's CA\n");
    }
}
