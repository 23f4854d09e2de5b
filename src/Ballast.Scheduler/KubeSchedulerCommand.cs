using System.CommandLine;
using System.Net;
using Ballast.Client;
using Ballast.Client.Events;
using Ballast.Client.LeaderElection;
using Ballast.ComponentBase.Commands;
using Ballast.ComponentBase.Health;
using Ballast.ComponentBase.Serving;
using Ballast.Scheduler.Configuration;
using Microsoft.Extensions.Logging;

namespace Ballast.Scheduler;

/// <summary><c>ballast kube-scheduler</c>.</summary>
public static class KubeSchedulerCommand
{
    private const string Component = "kube-scheduler";

    public static Command Create() => ComponentCommand.Create(Component, "Assigns pods to nodes.", flags =>
    {
        var kubeconfig = flags.String("kubeconfig", "", "Path to kubeconfig file with authorization and master location information.");
        var config = flags.String("config", "", "The path to the configuration file.");
        var bindAddress = flags.String("bind-address", "0.0.0.0", "The IP address on which to listen for the --secure-port port.");
        var securePort = flags.Int("secure-port", 10259, "The port on which to serve HTTPS with authentication and authorization.");
        var certificate = flags.String("tls-cert-file", "", "File containing the x509 certificate for HTTPS; a self-signed one is made when it is not given.");
        var key = flags.String("tls-private-key-file", "", "File containing the x509 private key matching --tls-cert-file.");
        var clientCa = flags.String("client-ca-file", "", "Clients with a certificate signed by this CA may read /metrics.");
        var election = new LeaderElectionFlags(flags, Component);
        flags.Accepted("authentication-kubeconfig", "clients are recognized by their certificate.");
        flags.Accepted("authorization-kubeconfig", "a client whose certificate is trusted may read /metrics.");
        flags.Accepted("profiling", "no profiling endpoint is served.");
        return async (context, cancellationToken) =>
        {
            var configuration = config.Value.Length > 0 ? ConfigurationFile.Load(config.Value) : new SchedulerConfiguration();
            var path = kubeconfig.Value.Length > 0 ? kubeconfig.Value : configuration.Kubeconfig
                ?? throw new UsageException("--kubeconfig is required: it says where the API server is");
            if (!IPAddress.TryParse(bindAddress.Value, out var address)) throw new UsageException($"--bind-address: \"{bindAddress.Value}\" is not an IP address");
            var elect = configuration.LeaderElection
                ?? new LeaderElectionConfiguration(election.Enabled, election.Options, election.ResourceNamespace, election.ResourceName);
            var serving = new SecureServing(address, securePort.Value, SecureServing.CertificateFrom(certificate.Value, key.Value, Component, address, context))
            {
                RequestClientCertificate = clientCa.Value.Length > 0,
            };
            var authority = clientCa.Value.Length > 0 ? CertificateAuthorities.FromFlag(clientCa.Name, clientCa.Value, context) : null;
            return await RunAsync(configuration, path, elect, serving, authority, context, cancellationToken);
        };
    });

    private static async Task<int> RunAsync(SchedulerConfiguration configuration, string kubeconfig, LeaderElectionConfiguration election,
        SecureServing serving, CertificateAuthorities? clients, ComponentContext context, CancellationToken cancellationToken)
    {
        try
        {
            using var own = ClientFactory.Create(kubeconfig, Component);
            await using var events = new EventRecorder(own, "default-scheduler", "", context.Time, context.Logs.CreateLogger<EventRecorder>());
            LeaderElector? elector = null;
            if (election.Enabled)
            {
                var lease = new LeaseLock(own, election.ResourceNamespace, election.ResourceName, LeaseLock.NewIdentity(Environment.MachineName), events);
                elector = new(lease, election.Options, election.ResourceName, context.Time, Random.Shared, context.Logs.CreateLogger<LeaderElector>());
            }
            using var guarded = ClientFactory.Create(kubeconfig, Component, elector is null ? null : () => elector.MayAct);
            using var scheduler = new KubeScheduler(configuration, guarded, events, Random.Shared, context.Time, context.Logs);

            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var served = new ComponentServer(serving, [HealthCheck.Ping], http => clients?.Trusts(http) == true).RunAsync(context, stop.Token);
            _ = scheduler.StartAsync(stop.Token);
            var led = elector is null ? LeadAsync(scheduler, stop.Token) : elector.RunAsync(scheduler.LeadAsync, stop.Token);
            await Task.WhenAny(served, led);
            await stop.CancelAsync();
            var end = await led;
            await served;
            // A leader that is one no more starts over as a fresh process, as upstream's does.
            return end == LeadershipEnd.Stopped ? 0 : 1;
        }
        catch (k8s.Exceptions.KubeConfigException e)
        {
            throw new UsageException($"--kubeconfig={kubeconfig}: {e.Message}");
        }
    }

    private static async Task<LeadershipEnd> LeadAsync(KubeScheduler scheduler, CancellationToken cancellationToken)
    {
        await scheduler.LeadAsync(cancellationToken);
        return LeadershipEnd.Stopped;
    }
}
