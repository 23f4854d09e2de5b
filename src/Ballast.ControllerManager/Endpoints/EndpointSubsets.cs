using Ballast.ControllerManager.Pods;
using Ballast.ControllerManager.Services;
using k8s.Models;

namespace Ballast.ControllerManager.Endpoints;

/// <summary>A service's pods as subsets: addresses that share their ports. No I/O.</summary>
internal static class EndpointSubsets
{
    public const string OverCapacityAnnotation = "endpoints.kubernetes.io/over-capacity";
    private const int Capacity = 1000;

    public static IList<V1EndpointSubset> Of(V1Service service, IEnumerable<V1Pod> pods, out bool truncated)
    {
        var members = pods.Where(p => Belongs(p, service)).Select(p => (Pod: p, Ports: Ports(p, service))).Where(m => m.Ports is not null).ToList();
        truncated = members.Count > Capacity;
        return
        [
            .. members.OrderByDescending(m => IsReady(m.Pod, service)).Take(Capacity)
                .GroupBy(m => string.Join(',', m.Ports!.Select(p => $"{p.Name}/{p.Port}/{p.Protocol}")))
                .OrderBy(g => g.Key, StringComparer.Ordinal)
                .Select(g => new V1EndpointSubset
                {
                    Addresses = Addresses(g.Select(m => m.Pod).Where(p => IsReady(p, service)), service),
                    NotReadyAddresses = Addresses(g.Select(m => m.Pod).Where(p => !IsReady(p, service)), service),
                    Ports = g.First().Ports is { Count: > 0 } ports ? ports : null,
                }),
        ];
    }

    private static bool Belongs(V1Pod pod, V1Service service) =>
        !pod.IsTerminal && !string.IsNullOrEmpty(pod.Status?.PodIP) && (!pod.IsTerminating || service.PublishesNotReady);

    private static bool IsReady(V1Pod pod, V1Service service) => service.PublishesNotReady || pod.IsReady;

    /// <summary>Null where the service has ports and the pod none of them: it then has no part in the service.</summary>
    private static List<Corev1EndpointPort>? Ports(V1Pod pod, V1Service service)
    {
        if (service.Spec.Ports is not { Count: > 0 } wanted)
            return service.IsHeadless ? [] : null;
        var ports = wanted
            .Select(p => (Port: p, Number: ServiceSelection.TargetPort(pod, p)))
            .Where(p => p.Number is not null)
            .Select(p => new Corev1EndpointPort { Name = p.Port.Name, Port = p.Number!.Value, Protocol = p.Port.Protocol ?? "TCP", AppProtocol = p.Port.AppProtocol })
            .OrderBy(p => p.Name, StringComparer.Ordinal).ThenBy(p => p.Port).ToList();
        return ports.Count == 0 ? null : ports;
    }

    private static V1EndpointAddress[]? Addresses(IEnumerable<V1Pod> pods, V1Service service)
    {
        var addresses = pods.Select(p => new V1EndpointAddress
        {
            Ip = p.Status.PodIP,
            NodeName = string.IsNullOrEmpty(p.Spec.NodeName) ? null : p.Spec.NodeName,
            Hostname = ServiceSelection.HostnameOf(p, service),
            TargetRef = ServiceSelection.ReferenceTo(p),
        }).OrderBy(a => a.Ip, StringComparer.Ordinal).ToArray();
        return addresses.Length == 0 ? null : addresses;
    }
}
