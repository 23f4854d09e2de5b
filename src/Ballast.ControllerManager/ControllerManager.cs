using Ballast.Client;
using Ballast.Client.Events;
using Ballast.Client.Informers;
using Ballast.Client.LeaderElection;
using Ballast.ComponentBase.Commands;
using Ballast.ComponentBase.Health;
using Ballast.ComponentBase.Serving;
using Ballast.ControllerManager.Credentials;
using Ballast.ControllerManager.Options;
using k8s.Exceptions;
using Microsoft.Extensions.Logging;

namespace Ballast.ControllerManager;

/// <summary>The process: serves health at once, competes for leadership, and runs the controllers while it leads.</summary>
internal sealed class ControllerManager(ControllerManagerFlags flags, ComponentContext context)
{
    private const string Component = "kube-controller-manager";

    private readonly ILogger _logger = context.Logs.CreateLogger<ControllerManager>();

    /// <returns>The exit code: 0 after a signal, 1 after leadership was lost.</returns>
    public async Task<int> RunAsync(CancellationToken cancel)
    {
        var options = flags.Options;
        var controllers = KnownControllers.Select(flags.Controllers.Value);
        var election = flags.LeaderElection.Options;
        using var client = Connect(flags.Kubeconfig.Value);
        await using var events = Recorder(client, Component);

        using var serving = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        if (!flags.LeaderElection.Enabled)
        {
            var alone = Server([]).RunAsync(context, serving.Token);
            await FirstOf(alone, LeadAsync(client, controllers, options, () => true, serving.Token), serving);
            return 0;
        }

        var lease = new LeaseLock(client, flags.LeaderElection.ResourceNamespace, flags.LeaderElection.ResourceName,
            LeaseLock.NewIdentity(Environment.MachineName), events);
        var elector = new LeaderElector(lease, election, flags.LeaderElection.ResourceName, context.Time, Random.Shared, context.Logs.CreateLogger<LeaderElector>());
        var check = new HealthCheck("leaderElection", _ => ValueTask.FromResult(elector.Check(TimeSpan.FromSeconds(20))));
        var server = Server([check]).RunAsync(context, serving.Token);
        var term = elector.RunAsync(token => LeadAsync(client, controllers, options, () => elector.MayAct, token), serving.Token);
        await FirstOf(server, term, serving);
        switch (await term)
        {
            case LeadershipEnd.Stopped:
                return 0;
            case LeadershipEnd.StillActing:
                _logger.LogCritical("leaderelection lost, and controllers still act: ending the process");
                Environment.Exit(1);
                return 1;
            default:
                _logger.LogCritical("leaderelection lost");
                return 1;
        }
    }

    /// <summary>Runs every controller until cancelled; when it ends, none acts any more.</summary>
    private async Task LeadAsync(ApiClient client, IReadOnlyList<ControllerDescriptor> descriptors, ControllerManagerOptions options, Func<bool> mayWrite, CancellationToken cancel)
    {
        using var clients = new ControllerClients(client, flags.Kubeconfig.Value, flags.UseServiceAccountCredentials.Value, mayWrite, context.Time);
        var informers = new SharedInformerFactory(client, context.Time, context.Logs);
        var recorders = new List<EventRecorder>();
        var controllers = new List<IController>();
        foreach (var descriptor in descriptors)
        {
            var own = clients.For(descriptor.Identity);
            var recorder = Recorder(own, descriptor.Identity);
            recorders.Add(recorder);
            if (descriptor.Create(new(own, informers, recorder, context.Time, context.Logs, options)) is { } controller)
                controllers.Add(controller);
            else
                _logger.LogInformation("Skipping controller {Controller}: nothing to do", descriptor.Name);
        }
        try
        {
            informers.Start(cancel);
            await informers.WaitForSyncAsync(cancel);
            _logger.LogInformation("Caches are synced; starting {Count} controllers", controllers.Count);
            await Task.WhenAll(controllers.Select(c => c.RunAsync(cancel)));
        }
        finally
        {
            await informers.Completion;
            await Task.WhenAll(recorders.Select(r => r.DisposeAsync().AsTask()));
        }
    }

    private EventRecorder Recorder(ApiClient client, string component) => new(client, component, "", context.Time, context.Logs.CreateLogger<EventRecorder>());

    private ComponentServer Server(IReadOnlyList<HealthCheck> checks)
    {
        var address = flags.BindAddress;
        var certificate = SecureServing.CertificateFrom(flags.TlsCertificate.Value, flags.TlsKey.Value, Component, address, context);
        var authority = flags.ClientCa.Value.Length == 0 ? null : CertificateAuthorities.FromFlag(flags.ClientCa.Name, flags.ClientCa.Value, context);
        return new ComponentServer(new SecureServing(address, flags.SecurePort.Value, certificate) { RequestClientCertificate = authority is not null },
            checks, http => authority?.Trusts(http) == true);
    }

    /// <summary>Whichever ends first ends the other; a failure is thrown on.</summary>
    private static async Task FirstOf(Task server, Task work, CancellationTokenSource stop)
    {
        var first = await Task.WhenAny(server, work);
        await stop.CancelAsync();
        await Task.WhenAll(server, work).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        await first;
    }

    private static ApiClient Connect(string kubeconfig)
    {
        if (kubeconfig.Length == 0)
            throw new UsageException("--kubeconfig is required", 2);
        try
        {
            return ClientFactory.Create(kubeconfig, Component);
        }
        catch (Exception e) when (e is KubeConfigException or IOException or UnauthorizedAccessException or FormatException
            or YamlDotNet.Core.YamlException or System.Security.Cryptography.CryptographicException)
        {
            throw new UsageException($"--kubeconfig={kubeconfig} cannot be used: {e.Message}");
        }
    }
}
