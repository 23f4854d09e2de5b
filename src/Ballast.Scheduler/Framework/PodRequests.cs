using k8s.Models;

namespace Ballast.Scheduler.Framework;

/// <summary>What a pod asks of its node.</summary>
internal static class PodRequests
{
    /// <summary>What a container that asks for none is taken to use when nodes are compared.</summary>
    public const long DefaultMilliCpu = 100, DefaultMemory = 200 * 1024 * 1024;

    /// <summary>
    /// Containers run together with the sidecars; init containers run one by one before them, each beside the sidecars started so far.
    /// The pod needs the larger of both, and its overhead.
    /// </summary>
    public static Resources Of(V1PodSpec spec, bool withDefaults)
    {
        var running = new Resources();
        foreach (var container in spec.Containers ?? []) running.Add(Of(container, withDefaults));
        var sidecars = new Resources();
        var starting = new Resources();
        foreach (var container in spec.InitContainers ?? [])
        {
            var request = Of(container, withDefaults);
            if (container.RestartPolicy == "Always")
            {
                sidecars.Add(request);
                starting.RaiseTo(sidecars);
            }
            else
            {
                request.Add(sidecars);
                starting.RaiseTo(request);
            }
        }
        running.Add(sidecars);
        running.RaiseTo(starting);
        foreach (var (name, quantity) in spec.Resources?.Requests ?? new Dictionary<string, ResourceQuantity>())
            running[name] = Resources.Amount(name, quantity);
        running.Add(Resources.From(spec.Overhead));
        return running;
    }

    private static Resources Of(V1Container container, bool withDefaults)
    {
        var requests = container.Resources?.Requests;
        var resources = Resources.From(requests);
        if (!withDefaults) return resources;
        if (requests?.ContainsKey(Resources.Cpu) != true) resources.MilliCpu = DefaultMilliCpu;
        if (requests?.ContainsKey(Resources.MemoryName) != true) resources.Memory = DefaultMemory;
        return resources;
    }
}
