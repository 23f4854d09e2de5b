using Ballast.Client.Events;
using k8s.Models;

namespace Ballast.Kubelet.Pods;

/// <summary>Pods' events in the API.</summary>
internal sealed class PodEvents(IEventRecorder recorder) : IPodEvents
{
    public void Record(V1Pod pod, V1Container? container, string type, string reason, string message) =>
        recorder.Event(
            new V1ObjectReference
            {
                ApiVersion = "v1",
                Kind = "Pod",
                Name = pod.Metadata.Name,
                NamespaceProperty = pod.Metadata.NamespaceProperty,
                Uid = pod.Metadata.Uid,
                ResourceVersion = pod.Metadata.ResourceVersion,
                FieldPath = container is null ? null : FieldPath(pod, container),
            },
            type, reason, message);

    private static string FieldPath(V1Pod pod, V1Container container) =>
        pod.Spec.InitContainers?.Contains(container) == true
            ? $"spec.initContainers{{{container.Name}}}"
            : $"spec.containers{{{container.Name}}}";
}

/// <summary>Of a kubelet that has no API server.</summary>
internal sealed class NoPodEvents : IPodEvents
{
    public void Record(V1Pod pod, V1Container? container, string type, string reason, string message)
    {
        // Nobody to tell.
    }
}
