using Microsoft.AspNetCore.Http;

namespace Ballast.ComponentBase.Metrics;

/// <summary>Serves the process's metrics in Prometheus' text format.</summary>
public static class MetricsEndpoint
{
    public static async Task HandleAsync(HttpContext context)
    {
        context.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
        await Prometheus.Metrics.DefaultRegistry.CollectAndExportAsTextAsync(context.Response.Body, context.RequestAborted);
    }
}
