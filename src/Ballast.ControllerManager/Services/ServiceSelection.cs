using Ballast.ApiMachinery.Selectors;
using Ballast.Client;
using Ballast.Client.Informers;
using k8s.Models;

namespace Ballast.ControllerManager.Services;

/// <summary>Which pods stand behind which services.</summary>
internal static class ServiceSelection
{
    public const string HeadlessLabel = "service.kubernetes.io/headless";

    extension(V1Service service)
    {
        public bool HasSelector => service.Spec?.Selector is { Count: > 0 };

        public bool IsHeadless => service.Spec?.ClusterIP == "None";

        public bool PublishesNotReady => service.Spec?.PublishNotReadyAddresses == true;
    }

    /// <summary>The services that select a pod with these labels.</summary>
    public static IEnumerable<ObjectKey> Selecting(Store<V1Service> services, string ns, IDictionary<string, string>? labels)
    {
        if (labels is null)
            yield break;
        foreach (var service in services.InNamespace(ns))
        {
            if (service.HasSelector && service.Spec.Selector.All(s => labels.TryGetValue(s.Key, out var value) && value == s.Value))
                yield return ObjectKey.Of(service);
        }
    }

    /// <summary>The pods that a service selects.</summary>
    public static IEnumerable<V1Pod> SelectedBy(Store<V1Pod> pods, V1Service service)
    {
        var selector = LabelSelector.From(new Dictionary<string, string>(service.Spec.Selector));
        return pods.InNamespace(service.Metadata.NamespaceProperty).Where(p => selector.Matches(p.Metadata.Labels));
    }

    /// <summary>The number that a service port has in a pod; null where the pod names no such port.</summary>
    public static int? TargetPort(V1Pod pod, V1ServicePort port)
    {
        var target = port.TargetPort?.Value;
        if (string.IsNullOrEmpty(target) || target == "0")
            return port.Port;
        if (int.TryParse(target, System.Globalization.CultureInfo.InvariantCulture, out var number))
            return number;
        var containers = pod.Spec.Containers.Concat((pod.Spec.InitContainers ?? []).Where(c => c.RestartPolicy == "Always"));
        return containers.SelectMany(c => c.Ports ?? [])
            .FirstOrDefault(p => p.Name == target && (p.Protocol ?? "TCP") == (port.Protocol ?? "TCP"))?.ContainerPort;
    }

    /// <summary>The name under which DNS knows the pod within the service.</summary>
    public static string? HostnameOf(V1Pod pod, V1Service service) =>
        !string.IsNullOrEmpty(pod.Spec.Hostname) && pod.Spec.Subdomain == service.Metadata.Name ? pod.Spec.Hostname : null;

    public static V1ObjectReference ReferenceTo(V1Pod pod) => new()
    {
        Kind = "Pod", NamespaceProperty = pod.Metadata.NamespaceProperty, Name = pod.Metadata.Name, Uid = pod.Metadata.Uid,
    };

    /// <summary>True where a change of the pod can change what stands behind a service.</summary>
    public static bool Matters(V1Pod old, V1Pod now) =>
        old.Status?.PodIP != now.Status?.PodIP || old.Status?.Phase != now.Status?.Phase || old.Spec?.NodeName != now.Spec?.NodeName
        || old.Metadata.DeletionTimestamp != now.Metadata.DeletionTimestamp || Ready(old) != Ready(now)
        || !Json.Same(old.Metadata.Labels, now.Metadata.Labels);

    private static string? Ready(V1Pod pod) => pod.Status?.Conditions?.FirstOrDefault(c => c.Type == "Ready")?.Status;
}
