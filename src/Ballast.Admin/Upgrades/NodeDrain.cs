using Ballast.Admin.Clusters;
using Ballast.Client;
using k8s.Autorest;
using k8s.Models;

namespace Ballast.Admin.Upgrades;

/// <summary>
/// Empties a node as <c>kubectl drain --ignore-daemonsets</c> does: no new pods, and those that are there evicted as fast as their PodDisruptionBudgets allow. What nobody would
/// make anew elsewhere is not touched but named. The cordon carries a mark, so that a node that an administrator cordoned stays so, and an interrupted upgrade finds its own again.
/// </summary>
internal sealed class NodeDrain(ApiClient api, string node, TimeProvider time)
{
    /// <summary>On a node that an upgrade cordoned.</summary>
    public const string CordonedAnnotation = "upgrade.ballast.dev/cordoned";

    private static readonly TimeSpan PollEvery = TimeSpan.FromMilliseconds(500);

    private readonly ResourceClient<V1Node> _nodes = api.Resources<V1Node>();
    private readonly ResourceClient<V1Pod> _pods = api.Resources<V1Pod>();

    /// <summary>Did an upgrade cordon it that has not ended yet?</summary>
    public async Task<bool> IsUnderWayAsync(CancellationToken cancel) =>
        (await _nodes.FindAsync(null, node, cancel))?.Metadata.Annotations?.ContainsKey(CordonedAnnotation) == true;

    /// <param name="patience">How long all evictions may take.</param>
    /// <param name="cancel">Gives up; the node stays cordoned.</param>
    /// <returns>A few words on what was evicted.</returns>
    /// <exception cref="ClusterException">A pod must not be evicted, or was not gone in time; names it.</exception>
    public async Task<string> RunAsync(TimeSpan patience, CancellationToken cancel)
    {
        await CordonAsync(cancel);
        var evicted = await EvictableAsync(cancel);
        var start = time.GetTimestamp();
        for (var left = evicted; left.Count > 0; left = [.. (await EvictableAsync(cancel)).Where(p => evicted.Any(e => e.Metadata.Uid == p.Metadata.Uid))])
        {
            var refusals = new List<string>();
            foreach (var pod in left.Where(p => p.Metadata.DeletionTimestamp is null))
            {
                if (await EvictAsync(pod, cancel) is { } refusal)
                    refusals.Add($"{NameOf(pod)}: {refusal}");
            }
            if (time.GetElapsedTime(start) > patience)
            {
                throw new ClusterException($"{node} is not empty after {patience.TotalSeconds:0} s: "
                    + (refusals.Count > 0 ? string.Join("; ", refusals) : $"{string.Join(", ", left.Select(NameOf))} did not end"))
                {
                    Hint = $"see what it waits for: kubectl get pods,poddisruptionbudgets -A; then run the command again",
                };
            }
            await Task.Delay(PollEvery, time, cancel);
        }
        return evicted.Count == 0 ? "nothing to evict" : $"{evicted.Count} pods evicted";
    }

    /// <summary>Takes pods again; a node that was cordoned before the upgrade stays as it was.</summary>
    public async Task<string> UncordonAsync(CancellationToken cancel)
    {
        if (await IsUnderWayAsync(cancel))
            await _nodes.MergePatchAsync(null, node, $$$"""{"metadata":{"annotations":{"{{{CordonedAnnotation}}}":null}},"spec":{"unschedulable":null}}""", cancel);
        else if ((await _nodes.FindAsync(null, node, cancel))?.Spec?.Unschedulable == true)
            return $"it stays cordoned, as it was before: kubectl uncordon {node}";
        return "";
    }

    private async Task CordonAsync(CancellationToken cancel)
    {
        if ((await _nodes.GetAsync(null, node, cancel)).Spec?.Unschedulable != true)
            await _nodes.MergePatchAsync(null, node, $$$"""{"metadata":{"annotations":{"{{{CordonedAnnotation}}}":"true"}},"spec":{"unschedulable":true}}""", cancel);
    }

    private async Task<IReadOnlyList<V1Pod>> EvictableAsync(CancellationToken cancel)
    {
        var there = (await _pods.ListAsync(new ListScope(FieldSelector: $"spec.nodeName={node}"), cancel)).Items.Where(p => !IsMirror(p) && ControllerOf(p)?.Kind != "DaemonSet").ToList();
        var orphans = there.Where(p => ControllerOf(p) is null && p.Metadata.DeletionTimestamp is null && p.Status?.Phase is not ("Succeeded" or "Failed")).ToList();
        if (orphans.Count > 0)
        {
            throw new ClusterException($"{string.Join(", ", orphans.Select(NameOf))} on {node} {(orphans.Count == 1 ? "has" : "have")} no controller: nobody would make {(orphans.Count == 1 ? "it" : "them")} anew elsewhere")
            {
                Hint = $"move or delete what is yours, or insist: kubectl drain {node} --ignore-daemonsets --force; then run the command again",
            };
        }
        return there;
    }

    /// <returns>Why it stays for now; null where it goes.</returns>
    private async Task<string?> EvictAsync(V1Pod pod, CancellationToken cancel)
    {
        try
        {
            await _pods.PostAsync(pod.Metadata.NamespaceProperty, pod.Metadata.Name, "eviction", new V1Eviction
            {
                ApiVersion = "policy/v1",
                Kind = "Eviction",
                Metadata = new() { Name = pod.Metadata.Name, NamespaceProperty = pod.Metadata.NamespaceProperty },
                DeleteOptions = new() { Preconditions = new() { Uid = pod.Metadata.Uid } },
            }, cancel);
            return null;
        }
        catch (HttpOperationException gone) when (gone.IsNotFound || gone.IsConflict)
        {
            return null;
        }
        catch (HttpOperationException budget) when (budget.IsTooManyRequests)
        {
            return budget.Words;
        }
    }

    private static bool IsMirror(V1Pod pod) => pod.Metadata.Annotations?.ContainsKey("kubernetes.io/config.mirror") == true;

    private static V1OwnerReference? ControllerOf(V1Pod pod) => pod.Metadata.OwnerReferences?.FirstOrDefault(o => o.Controller == true);

    private static string NameOf(V1Pod pod) => $"{pod.Metadata.NamespaceProperty}/{pod.Metadata.Name}";
}
