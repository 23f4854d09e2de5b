using Ballast.Kubelet.Runtimes;
using Prometheus;

namespace Ballast.Kubelet.Serving;

/// <summary>The kubelet's metrics, under upstream's names, read when they are asked for.</summary>
internal static class KubeletMetrics
{
    private static readonly Gauge NodeName = Metrics.CreateGauge("kubelet_node_name", "The node's name. The count is always 1.", "node");
    private static readonly Gauge RunningPods = Metrics.CreateGauge("kubelet_running_pods", "Number of pods that have a running pod sandbox");
    private static readonly Gauge RunningContainers = Metrics.CreateGauge("kubelet_running_containers", "Number of containers currently running", "container_state");

    public static readonly Counter StartedContainers = Metrics.CreateCounter("kubelet_started_containers_total", "Cumulative number of containers started", "container_type");
    public static readonly Counter StartedContainerErrors = Metrics.CreateCounter("kubelet_started_containers_errors_total", "Cumulative number of errors when starting containers", "container_type", "code");
    public static readonly Counter Probes = Metrics.CreateCounter("prober_probe_total", "Cumulative number of a liveness, readiness or startup probe for a container by result.", "probe_type", "result", "container", "pod", "namespace");

    public static void Expose(string nodeName, RuntimeSet runtimes)
    {
        NodeName.WithLabels(nodeName).Set(1);
        Metrics.DefaultRegistry.AddBeforeCollectCallback(() =>
        {
            var sandboxes = runtimes.All.SelectMany(r => r.ListPodSandboxes().Select(s => (Runtime: r, Sandbox: s))).ToList();
            var containers = sandboxes.Select(s => s.Sandbox.Config.Uid).Distinct()
                .SelectMany(uid => runtimes.All.SelectMany(r => r.ListContainers(uid))).ToList();
            RunningPods.Set(sandboxes.Count(s => s.Sandbox.Ready));
            foreach (var state in Enum.GetValues<ContainerState>())
                RunningContainers.WithLabels(state.ToString().ToLowerInvariant()).Set(containers.Count(c => c.State == state));
        });
    }
}
