using k8s.Models;

namespace Ballast.Kubelet.Pods;

/// <summary>Where a pod's events go. Never blocks and never fails: an event is a courtesy.</summary>
internal interface IPodEvents
{
    /// <param name="container">The container it is about; null for the pod as a whole.</param>
    void Record(V1Pod pod, V1Container? container, string type, string reason, string message);
}
