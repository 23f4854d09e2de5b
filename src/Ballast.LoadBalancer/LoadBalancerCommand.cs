using System.CommandLine;
using System.Net;
using Ballast.ComponentBase.Commands;
using Ballast.LoadBalancer.Backends;
using Microsoft.Extensions.Logging;

namespace Ballast.LoadBalancer;

/// <summary><c>ballast load-balancer</c>.</summary>
public static class LoadBalancerCommand
{
    public static Command Create() => ComponentCommand.Create("load-balancer", "Balances API clients over the API servers that are ready.", flags =>
    {
        var bindAddress = flags.String("bind-address", "0.0.0.0", "The IP address on which to listen for clients.");
        var securePort = flags.Int("secure-port", 6443, "The port on which to listen for clients.");
        var backends = flags.StringSlice("backends", [], "The API servers to start from, as host:port.");
        var kubeconfig = flags.String("kubeconfig", "", "Credentials to follow the cluster's own list of API servers with; without it the list stays as given.");
        var authority = flags.String("certificate-authority", "", "The CA that the API servers' certificates are checked against; the kubeconfig's by default.");
        var stateFile = flags.String("state-file", "", "Where the list of API servers is remembered over a restart.");
        var statusBindAddress = flags.String("status-bind-address", "", "ip:port on which to serve status, health and metrics over plain HTTP; empty for none.");
        var interval = flags.Duration("health-check-interval", TimeSpan.FromSeconds(1), "How often each API server is asked for /readyz.");
        var drainTimeout = flags.Duration("drain-timeout", TimeSpan.FromSeconds(15), "How long connections may go on at an API server that drains, and here on shutdown.");
        return async (context, cancellationToken) =>
        {
            var options = new LoadBalancerOptions
            {
                Bind = new(Address(bindAddress.Name, bindAddress.Value), Port(securePort.Name, securePort.Value)),
                Backends = [.. backends.Value.Select(b => BackendAddress.TryParse(b, out var address)
                    ? address : throw new UsageException($"--{backends.Name}: \"{b}\" is not host:port"))],
                Kubeconfig = kubeconfig.Value,
                CertificateAuthority = authority.Value,
                StateFile = stateFile.Value,
                StatusBind = statusBindAddress.Value.Length == 0 ? null : EndPoint(statusBindAddress.Name, statusBindAddress.Value),
                HealthCheckInterval = Positive(interval.Name, interval.Value),
                DrainTimeout = drainTimeout.Value,
            };
            using var balancer = new ApiLoadBalancer(options, Prometheus.Metrics.DefaultRegistry, context.Time, context.Logs);
            context.Logs.CreateLogger<ApiLoadBalancer>().LogInformation("Listening on {Endpoint} for {Backends}", balancer.Endpoint, string.Join(", ", balancer.Pool.Backends));
            await balancer.RunAsync(cancellationToken);
            return 0;
        };
    });

    private static IPAddress Address(string flag, string text) =>
        IPAddress.TryParse(text, out var address) ? address : throw new UsageException($"--{flag}: \"{text}\" is not an IP address");

    private static int Port(string flag, int port) =>
        port is >= 0 and <= 65535 ? port : throw new UsageException($"--{flag}: {port} is not a port");

    private static IPEndPoint EndPoint(string flag, string text) =>
        IPEndPoint.TryParse(text, out var endpoint) && text.Contains(':', StringComparison.Ordinal)
            ? endpoint : throw new UsageException($"--{flag}: \"{text}\" is not ip:port");

    private static TimeSpan Positive(string flag, TimeSpan duration) =>
        duration > TimeSpan.Zero ? duration : throw new UsageException($"--{flag}: must be more than 0");
}
