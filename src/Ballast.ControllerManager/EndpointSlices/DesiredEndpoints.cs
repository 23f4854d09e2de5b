using System.Net;
using System.Net.Sockets;
using Ballast.Client.Informers;
using Ballast.ControllerManager.Pods;
using Ballast.ControllerManager.Services;
using k8s.Models;

namespace Ballast.ControllerManager.EndpointSlices;

/// <summary>What must stand in slices of one address type and one set of ports.</summary>
/// <param name="AddressType"><c>IPv4</c> or <c>IPv6</c>.</param>
/// <param name="Ports">The ports of all its endpoints.</param>
/// <param name="Endpoints">By the pod's uid.</param>
internal sealed record SliceGroup(string AddressType, IList<Discoveryv1EndpointPort> Ports, Dictionary<string, V1Endpoint> Endpoints)
{
    public string Key => KeyOf(AddressType, Ports);

    public static string KeyOf(string addressType, IEnumerable<Discoveryv1EndpointPort>? ports) =>
        addressType + ":" + string.Join(',', (ports ?? []).Select(p => $"{p.Name}/{p.Port}/{p.Protocol}/{p.AppProtocol}").Order(StringComparer.Ordinal));
}

/// <summary>A service's pods as endpoints. No I/O.</summary>
internal static class DesiredEndpoints
{
    public static List<SliceGroup> Of(V1Service service, IEnumerable<V1Pod> pods, Store<V1Node> nodes)
    {
        var groups = new Dictionary<string, SliceGroup>();
        var types = (service.Spec.IpFamilies is { Count: > 0 } families ? families : ["IPv4"]).Where(f => f is "IPv4" or "IPv6").ToList();
        foreach (var pod in pods.Where(p => !p.IsTerminal))
        {
            var ports = Ports(pod, service);
            foreach (var type in types)
            {
                if (AddressOf(pod, type) is not { } address)
                    continue;
                var key = SliceGroup.KeyOf(type, ports);
                if (!groups.TryGetValue(key, out var group))
                    groups[key] = group = new(type, ports, []);
                group.Endpoints[pod.Metadata.Uid] = Endpoint(pod, address, service, nodes);
            }
        }
        return [.. groups.Values];
    }

    private static V1Endpoint Endpoint(V1Pod pod, string address, V1Service service, Store<V1Node> nodes)
    {
        var node = string.IsNullOrEmpty(pod.Spec.NodeName) ? null : nodes.Get("", pod.Spec.NodeName);
        return new()
        {
            Addresses = [address],
            Conditions = new()
            {
                Ready = service.PublishesNotReady || (pod.IsReady && !pod.IsTerminating),
                Serving = pod.IsReady,
                Terminating = pod.IsTerminating,
            },
            NodeName = string.IsNullOrEmpty(pod.Spec.NodeName) ? null : pod.Spec.NodeName,
            Zone = node?.Metadata.Labels is { } labels && labels.TryGetValue("topology.kubernetes.io/zone", out var zone) ? zone : null,
            Hostname = ServiceSelection.HostnameOf(pod, service),
            TargetRef = ServiceSelection.ReferenceTo(pod),
        };
    }

    private static List<Discoveryv1EndpointPort> Ports(V1Pod pod, V1Service service) =>
    [
        .. (service.Spec.Ports ?? [])
            .Select(p => (Port: p, Number: ServiceSelection.TargetPort(pod, p)))
            .Where(p => p.Number is not null)
            .Select(p => new Discoveryv1EndpointPort { Name = p.Port.Name ?? "", Port = p.Number, Protocol = p.Port.Protocol ?? "TCP", AppProtocol = p.Port.AppProtocol }),
    ];

    private static string? AddressOf(V1Pod pod, string type)
    {
        var family = type == "IPv6" ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork;
        var addresses = pod.Status?.PodIPs is { Count: > 0 } all ? all.Select(i => i.Ip) : [pod.Status?.PodIP ?? ""];
        return addresses.FirstOrDefault(a => IPAddress.TryParse(a, out var parsed) && parsed.AddressFamily == family);
    }
}
