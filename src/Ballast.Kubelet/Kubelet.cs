using Ballast.Client;
using Ballast.Client.Events;
using Ballast.ComponentBase.Commands;
using Ballast.Kubelet.Api;
using Ballast.Kubelet.Certificates;
using Ballast.Kubelet.Configuration;
using Ballast.Kubelet.Nodes;
using Ballast.Kubelet.Pods;
using Ballast.Kubelet.Probes;
using Ballast.Kubelet.Runtimes;
using Ballast.Kubelet.Runtimes.Processes;
using Ballast.Kubelet.Serving;
using Ballast.Kubelet.StaticPods;

namespace Ballast.Kubelet;

/// <summary>
/// A node's agent. Static pods come first and need nobody; the rest follows as soon as an API server answers. When it
/// stops, its pods go on.
/// </summary>
/// <param name="api">Null where it runs without an API server.</param>
internal sealed class Kubelet(KubeletOptions options, RuntimeSet runtimes, ApiClient? api, ComponentContext context)
{
    private readonly TimeProvider _time = context.Time;
    private readonly ILoggerFactory _logs = context.Logs;

    /// <summary>Runs until cancelled, or until a part of it fails for good.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await using var recorder = api is null ? null : new EventRecorder(api, "kubelet", options.NodeName, _time, _logs.CreateLogger<EventRecorder>());
        using var prober = new ProbeRunner();
        var statuses = new PodStatuses();
        var environment = new PodEnvironment(
            options.NodeName, options.NodeIP.ToString(), options.PodLogsFolder, recorder is null ? new NoPodEvents() : new PodEvents(recorder), _time, _logs);
        var workers = new PodWorkers(runtimes, prober, environment, statuses, stop.Token);
        KubeletMetrics.Expose(options.NodeName, runtimes);

        var server = new KubeletServer(options, workers, statuses, new ContainerLogs(statuses, runtimes, _time), context);
        List<Task> parts = [server.RunAsync(stop.Token)];
        if (options.ManifestPath is { } path)
        {
            var manifests = new ManifestFolder(path, options.NodeName, options.FileCheckFrequency, _time, _logs.CreateLogger<ManifestFolder>());
            parts.Add(manifests.RunAsync(workers.Update, workers.Remove, ready: () => workers.EndOrphans(staticPods: true), stop.Token));
        }
        if (runtimes.All.OfType<ProcessRuntime>().FirstOrDefault() is { } processes)
            parts.Add(new ReapedLeader(processes, _time, _logs.CreateLogger<ReapedLeader>()).RunAsync(stop.Token));
        if (api is not null && recorder is not null)
            parts.Add(FollowApiAsync(api, recorder, workers, statuses, stop.Token));

        try
        {
            await await Task.WhenAny(parts);
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll([.. parts, workers.WhenStopped()]).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    private async Task FollowApiAsync(ApiClient client, EventRecorder recorder, PodWorkers workers, PodStatuses statuses, CancellationToken cancellation)
    {
        var source = new PodSource(client, options.NodeName, workers, _time, _logs);
        using var reporter = new PodStatusReporter(statuses, source.Informer, client, _time, _logs.CreateLogger<PodStatusReporter>());
        var node = new NodeReporter(client, new NodeStatusBuilder(options, runtimes.Ordinary, _time), options, recorder, _time, _logs.CreateLogger<NodeReporter>());
        var mirrors = new MirrorPods(workers, statuses, source.Informer, client, () => node.Node, _time, _logs.CreateLogger<MirrorPods>());
        var lease = new NodeLease(client, options.NodeName, options.Node.LeaseDuration, () => node.Node, _time, _logs.CreateLogger<NodeLease>());
        node.Registered += mirrors.Wake;
        await Task.WhenAll(
            RotateCertificateAsync(client, cancellation),
            node.RunAsync(cancellation),
            lease.RunAsync(cancellation),
            source.RunAsync(cancellation),
            reporter.RunAsync(cancellation),
            mirrors.RunAsync(cancellation));
    }

    private Task RotateCertificateAsync(ApiClient client, CancellationToken cancellation) => options is { RotateCertificates: true, KubeconfigPath: { } kubeconfig }
        ? new ClientCertificateRotation(client, new(kubeconfig, options.RootFolder, _time), _time, Random.Shared, _logs.CreateLogger<ClientCertificateRotation>()).RunAsync(cancellation)
        : Task.CompletedTask;
}
