using k8s.Models;

namespace Ballast.Scheduler.Framework;

/// <summary>A port a pod takes on its host. An unset address takes every address.</summary>
public readonly record struct HostPort(string Address, string Protocol, int Port)
{
    private const string Any = "0.0.0.0";

    public bool ConflictsWith(HostPort other) =>
        Port == other.Port && Protocol == other.Protocol && (Address == other.Address || Address == Any || other.Address == Any);

    public static HostPort[] Of(V1PodSpec spec) =>
        [.. (spec.Containers ?? []).Concat((spec.InitContainers ?? []).Where(c => c.RestartPolicy == "Always"))
            .SelectMany(c => c.Ports ?? [])
            .Where(p => p.HostPort is > 0)
            .Select(p => new HostPort(string.IsNullOrEmpty(p.HostIP) ? Any : p.HostIP, p.Protocol ?? "TCP", p.HostPort!.Value))];
}
