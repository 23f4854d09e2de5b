using Ballast.ComponentBase.Commands;
using Ballast.ComponentBase.Health;
using Ballast.ComponentBase.Metrics;
using Ballast.ComponentBase.Serving;
using Ballast.Kubelet.Configuration;
using Ballast.Kubelet.Pods;
using k8s;
using k8s.Models;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;

namespace Ballast.Kubelet.Serving;

/// <summary>The kubelet's HTTPS server: health for everyone, the rest for the API server and administrators.</summary>
internal sealed class KubeletServer(
    KubeletOptions options, PodWorkers workers, PodStatuses statuses, ContainerLogs containerLogs, ComponentContext context)
{
    private readonly Callers _callers = new(options.ClientCAFile, context);
    private readonly HealthEndpoints _health = new(
        "/healthz", [HealthCheck.Ping], (check, reason) => context.Logs.CreateLogger<KubeletServer>().LogInformation("{Check}: {Reason}", check, reason));

    /// <summary>Listens until cancelled.</summary>
    /// <exception cref="UsageException">The address is in use, or the certificate cannot be loaded.</exception>
    public async Task RunAsync(CancellationToken cancellation)
    {
        var certificate = SecureServing.CertificateFrom(options.CertificateFile, options.KeyFile, options.NodeName, options.NodeIP, context);
        var serving = new SecureServing(options.Address, options.Port, certificate) { RequestClientCertificate = true };
        await using var app = serving.Build(context.Logs, HandleAsync);
        try
        {
            await app.StartAsync(cancellation);
        }
        catch (IOException busy)
        {
            throw new UsageException($"cannot listen on {options.Address}:{options.Port}: {busy.Message}");
        }
        await app.WaitForShutdownAsync(cancellation);
    }

    internal async Task HandleAsync(HttpContext http)
    {
        var path = http.Request.Path.Value ?? "";
        if (path == _health.Path || path.StartsWith(_health.Path + "/", StringComparison.Ordinal))
        {
            await _health.HandleAsync(http);
            return;
        }
        if (await _callers.RefuseAsync(http))
            return;
        if (path == "/metrics")
            await MetricsEndpoint.HandleAsync(http);
        else if (path.TrimEnd('/') == "/pods")
            await WritePodsAsync(http, [.. statuses.All.Select(e => e.Pod with { ApiVersion = null, Kind = null, Status = e.Status })]);
        else if (path.TrimEnd('/') == "/runningpods")
            await WritePodsAsync(http, [.. workers.Pods.Where(p => statuses.Find(p.Metadata.Uid) is { Terminated: false }).Select(p => p with { ApiVersion = null, Kind = null })]);
        else if (path.Split('/') is ["", "containerLogs", var ns, var pod, var container])
            await containerLogs.HandleAsync(http, ns, pod, container);
        else
            await AnswerAsync(http, StatusCodes.Status404NotFound, "404 page not found");
    }

    private static Task WritePodsAsync(HttpContext http, IList<V1Pod> pods)
    {
        http.Response.ContentType = "application/json";
        return http.Response.WriteAsync(KubernetesJson.Serialize(new V1PodList { ApiVersion = "v1", Kind = "PodList", Metadata = new V1ListMeta(), Items = pods }), http.RequestAborted);
    }

    internal static Task AnswerAsync(HttpContext http, int status, string text)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "text/plain; charset=utf-8";
        return http.Response.WriteAsync(text + "\n", http.RequestAborted);
    }
}
