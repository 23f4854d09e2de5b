using Ballast.ApiMachinery.Selectors;
using Ballast.Client.Informers;
using Ballast.Scheduler.Framework;
using k8s.Models;

namespace Ballast.Scheduler.Plugins.PodTopologySpread;

/// <summary>
/// The system's default constraints: the pods of one Service or one controller are spread over hosts and zones as far as that is
/// possible. For pods that name no constraint of their own.
/// </summary>
internal sealed class DefaultSpread(Store<V1Service> services, Store<V1ReplicaSet> replicaSets, Store<V1StatefulSet> statefulSets, Store<V1ReplicationController> replicationControllers)
{
    public SpreadConstraint[] For(PodInfo pod)
    {
        var selectors = Selectors(pod).ToArray();
        if (selectors.Length == 0) return [];
        // Pods that are of the same Services and the same controller.
        var all = LabelSelector.From(new V1LabelSelector
        {
            MatchLabels = selectors.SelectMany(s => s.MatchLabels ?? new Dictionary<string, string>()).DistinctBy(l => l.Key).ToDictionary(),
            MatchExpressions = [.. selectors.SelectMany(s => s.MatchExpressions ?? [])],
        });
        return all.IsEverything ? [] : [new("kubernetes.io/hostname", 3, all), new("topology.kubernetes.io/zone", 5, all)];
    }

    private IEnumerable<V1LabelSelector> Selectors(PodInfo pod)
    {
        foreach (var service in services.InNamespace(pod.Namespace))
            if (service.Spec?.Selector is { Count: > 0 } selector && selector.All(s => pod.Labels.TryGetValue(s.Key, out var value) && value == s.Value))
                yield return new() { MatchLabels = selector };
        var owner = pod.Pod.Metadata.OwnerReferences?.FirstOrDefault(o => o.Controller == true);
        switch (owner?.Kind)
        {
            case "ReplicaSet" when replicaSets.Get(pod.Namespace, owner.Name) is { } set: yield return set.Spec.Selector; break;
            case "StatefulSet" when statefulSets.Get(pod.Namespace, owner.Name) is { } set: yield return set.Spec.Selector; break;
            case "ReplicationController" when replicationControllers.Get(pod.Namespace, owner.Name) is { Spec.Selector: { } selector }: yield return new() { MatchLabels = selector }; break;
            default: break;
        }
    }
}
