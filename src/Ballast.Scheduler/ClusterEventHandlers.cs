using Ballast.Client.Informers;
using Ballast.Scheduler.Cache;
using Ballast.Scheduler.Framework;
using Ballast.Scheduler.Queue;
using k8s.Models;

namespace Ballast.Scheduler;

/// <summary>Carries what the informers see into the cache and the queue. A pod is ours where it names one of our profiles.</summary>
internal sealed class ClusterEventHandlers(SchedulerCache cache, SchedulingQueue queue, Nominator nominator, Func<V1Pod, bool> isOurs)
{
    public void Register(Informer<V1Node> nodes, Informer<V1Pod> pods)
    {
        nodes.AddHandler(NodeAdded, NodeUpdated, NodeDeleted);
        pods.AddHandler(PodAdded, PodUpdated, PodDeleted);
    }

    private void NodeAdded(V1Node node)
    {
        cache.SetNode(node);
        queue.Move(new(ClusterEvents.NodeAdded, cache.FindNode(node.Metadata.Name)));
    }

    private void NodeUpdated(V1Node old, V1Node node)
    {
        var changes = Changes(old, node);
        // Most updates are heartbeats: they concern neither the cache nor any waiting pod.
        if (changes == ClusterEvents.None) return;
        cache.SetNode(node);
        queue.Move(new(changes, cache.FindNode(node.Metadata.Name)));
    }

    private void NodeDeleted(V1Node node) => cache.RemoveNode(node.Metadata.Name);

    private void PodAdded(V1Pod pod)
    {
        if (HasEnded(pod)) return;
        if (IsAssigned(pod)) Assigned(new(pod));
        else if (isOurs(pod)) Waiting(new(pod), queue.Add);
    }

    private void PodUpdated(V1Pod old, V1Pod pod)
    {
        if (HasEnded(pod)) PodDeleted(pod);
        else if (!IsAssigned(pod))
        {
            if (isOurs(pod)) Waiting(new(pod), queue.Update);
        }
        else if (!IsAssigned(old)) Assigned(new(pod));
        else
        {
            var (before, after) = (new PodInfo(old), new PodInfo(pod));
            cache.SetPod(after);
            queue.Move(new(ClusterEvents.AssignedPodUpdated, OldPod: before, Pod: after));
        }
    }

    private void PodDeleted(V1Pod pod)
    {
        var wasCounted = IsAssigned(pod) || cache.IsAssumed(pod.Metadata.Uid);
        var wasNominated = nominator.NodeOf(pod.Metadata.Uid) is not null;
        queue.Delete(pod.Metadata.Uid);
        nominator.Withdraw(pod.Metadata.Uid);
        cache.RemovePod(pod.Metadata.Uid);
        // A nomination that ends frees room as a pod that leaves does.
        if (wasCounted || wasNominated) queue.Move(new(ClusterEvents.AssignedPodDeleted, OldPod: new(pod)));
    }

    private void Assigned(PodInfo pod)
    {
        cache.SetPod(pod);
        queue.Delete(pod.Uid);
        nominator.Withdraw(pod.Uid);
        queue.Move(new(ClusterEvents.AssignedPodAdded, Pod: pod));
    }

    private void Waiting(PodInfo pod, Func<PodInfo, Status?> enqueue)
    {
        if (pod.Pod.Status?.NominatedNodeName is { Length: > 0 } node && !cache.IsAssumed(pod.Uid)) nominator.Nominate(pod, node);
        if (!cache.IsAssumed(pod.Uid)) _ = enqueue(pod);
    }

    private static bool IsAssigned(V1Pod pod) => !string.IsNullOrEmpty(pod.Spec.NodeName);

    private static bool HasEnded(V1Pod pod) => pod.Status?.Phase is "Succeeded" or "Failed";

    private static ClusterEvents Changes(V1Node old, V1Node node)
    {
        var changes = ClusterEvents.None;
        if (!Same(old.Metadata.Labels, node.Metadata.Labels)) changes |= ClusterEvents.NodeLabels;
        if (old.Spec?.Unschedulable != node.Spec?.Unschedulable || !SameTaints(old.Spec?.Taints, node.Spec?.Taints)) changes |= ClusterEvents.NodeTaints;
        if (!Same(Amounts(old), Amounts(node))) changes |= ClusterEvents.NodeAllocatable;
        if (!Same(Conditions(old), Conditions(node))) changes |= ClusterEvents.NodeConditions;
        if ((old.Status?.Images?.Count ?? 0) != (node.Status?.Images?.Count ?? 0)) changes |= ClusterEvents.Other;
        return changes;
    }

    private static Dictionary<string, string> Amounts(V1Node node) => (node.Status?.Allocatable ?? new Dictionary<string, ResourceQuantity>()).ToDictionary(a => a.Key, a => a.Value.ToString());

    private static Dictionary<string, string> Conditions(V1Node node) => (node.Status?.Conditions ?? []).ToDictionary(c => c.Type, c => c.Status);

    private static bool Same(IDictionary<string, string>? left, IDictionary<string, string>? right) =>
        (left?.Count ?? 0) == (right?.Count ?? 0) && (left ?? new Dictionary<string, string>()).All(l => right!.TryGetValue(l.Key, out var value) && value == l.Value);

    private static bool SameTaints(IList<V1Taint>? left, IList<V1Taint>? right) =>
        (left ?? []).Select(t => (t.Key, t.Value, t.Effect)).SequenceEqual((right ?? []).Select(t => (t.Key, t.Value, t.Effect)));
}
