using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Ballast.Kubelet.Runtimes;
using k8s.Models;

namespace Ballast.Kubelet.Probes;

/// <summary>Runs one probe once.</summary>
internal interface IProbeRunner
{
    /// <summary>Null where the probe passed, else what went wrong, worded for the Unhealthy event.</summary>
    Task<string?> RunAsync(V1Probe probe, ProbeTarget target, CancellationToken cancellation);
}

/// <param name="Host">The pod's address.</param>
internal sealed record ProbeTarget(IRuntime Runtime, string ContainerId, V1Container Container, string Host);

/// <summary>Probes as upstream defines them: http and https (any certificate will do), tcp, grpc health, and a command in the container.</summary>
internal sealed class ProbeRunner : IProbeRunner, IDisposable
{
    private const int MaxBody = 10 * 1024;

    // Every probe makes a connection of its own: that a new client is served is what it is to find out.
    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseProxy = false,
        UseCookies = false,
        PooledConnectionLifetime = TimeSpan.Zero,
        SslOptions = { RemoteCertificateValidationCallback = AnyCertificate },
    });

    public async Task<string?> RunAsync(V1Probe probe, ProbeTarget target, CancellationToken cancellation)
    {
        var seconds = Math.Max(1, probe.TimeoutSeconds ?? 1);
        if (probe.Exec is { } exec)
            return await ExecAsync(exec, target, TimeSpan.FromSeconds(seconds), cancellation);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(TimeSpan.FromSeconds(seconds));
        try
        {
            if (probe.HttpGet is { } http)
                return await HttpAsync(http, target, limit.Token);
            if (probe.TcpSocket is { } tcp)
                return await TcpAsync(Host(tcp.Host, target), PortOf(tcp.Port, target), limit.Token);
            if (probe.Grpc is { } grpc)
                return await GrpcHealth.CheckAsync(target.Host, grpc.Port, grpc.Service ?? "", limit.Token);
            return "missing probe handler";
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return probe.HttpGet is { } http
                ? $"Get \"{UrlOf(http, target)}\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
                : "context deadline exceeded";
        }
    }

    public void Dispose() => _http.Dispose();

    /// <summary>A probe asks whether the pod answers, not who it is: its certificate may be for any name, by anyone.</summary>
    private static bool AnyCertificate(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) =>
        certificate is not null || errors != SslPolicyErrors.None;

    /// <summary>The URL that an HTTP action asks.</summary>
    /// <exception cref="RuntimeException">The port's name is not one of the container's.</exception>
    public static Uri UrlOf(V1HTTPGetAction action, ProbeTarget target)
    {
        var scheme = action.Scheme?.ToUpperInvariant() == "HTTPS" ? "https" : "http";
        var host = Host(action.Host, target);
        var path = action.Path is { Length: > 0 } given ? given : "/";
        return new Uri($"{scheme}://{(host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host)}:{PortOf(action.Port, target)}{(path[0] == '/' ? "" : "/")}{path}");
    }

    private static string Host(string? given, ProbeTarget target) => string.IsNullOrEmpty(given) ? target.Host : given;

    private static int PortOf(IntOrString port, ProbeTarget target)
    {
        if (int.TryParse(port.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return number;
        return target.Container.Ports?.FirstOrDefault(p => p.Name == port.Value)?.ContainerPort
            ?? throw new RuntimeException($"couldn't find port: {port.Value} in container {target.Container.Name}");
    }

    private async Task<string?> HttpAsync(V1HTTPGetAction action, ProbeTarget target, CancellationToken cancellation)
    {
        var url = UrlOf(action, target);
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("kube-probe", "1.36"));
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("*/*"));
        foreach (var header in action.HttpHeaders ?? [])
        {
            if (header.Name.Equals("Host", StringComparison.OrdinalIgnoreCase))
                request.Headers.Host = header.Value;
            else
                request.Headers.TryAddWithoutValidation(header.Name, header.Value);
        }
        try
        {
            using var response = await _http.SendAsync(request, cancellation);
            await ReadSomeAsync(response, cancellation);
            return (int)response.StatusCode is >= 200 and < 400
                ? null : $"HTTP probe failed with statuscode: {(int)response.StatusCode}";
        }
        catch (HttpRequestException e)
        {
            return $"Get \"{url}\": {Reason(e)}";
        }
    }

    private static async Task ReadSomeAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        await using var body = await response.Content.ReadAsStreamAsync(cancellation);
        await body.ReadAtLeastAsync(new byte[MaxBody], MaxBody, throwOnEndOfStream: false, cancellation);
    }

    private static async Task<string?> TcpAsync(string host, int port, CancellationToken cancellation)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(host, port, cancellation);
            return null;
        }
        catch (SocketException e)
        {
            return $"dial tcp {host}:{port}: connect: {e.Message}";
        }
    }

    private static async Task<string?> ExecAsync(V1ExecAction action, ProbeTarget target, TimeSpan timeout, CancellationToken cancellation)
    {
        try
        {
            var result = await target.Runtime.ExecAsync(target.ContainerId, [.. action.Command ?? []], timeout, cancellation);
            return result.ExitCode == 0 ? null : result.Output.Trim();
        }
        catch (RuntimeException e)
        {
            return e.Message;
        }
    }

    private static string Reason(HttpRequestException e) =>
        e.InnerException is SocketException socket ? $"dial tcp: connect: {socket.Message}" : e.InnerException?.Message ?? e.Message;
}
