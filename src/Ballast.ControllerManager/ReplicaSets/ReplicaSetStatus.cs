using Ballast.ControllerManager.Pods;
using k8s.Models;

namespace Ballast.ControllerManager.ReplicaSets;

/// <summary>A ReplicaSet's status as its pods make it.</summary>
internal static class ReplicaSetStatus
{
    public const string ReplicaFailure = "ReplicaFailure";

    /// <param name="set">The set, with its last status.</param>
    /// <param name="active">Its active pods.</param>
    /// <param name="terminating">How many more are on their way out.</param>
    /// <param name="failure">What creating or deleting pods has just failed with: reason and message.</param>
    /// <param name="now">The time.</param>
    public static V1ReplicaSetStatus Of(V1ReplicaSet set, IReadOnlyCollection<V1Pod> active, int terminating, (string Reason, string Message)? failure, DateTime now)
    {
        var old = set.Status ?? new();
        var template = set.Spec.Template?.Metadata?.Labels ?? new Dictionary<string, string>();
        var minReady = set.Spec.MinReadySeconds ?? 0;
        return old with
        {
            Replicas = active.Count,
            FullyLabeledReplicas = active.Count(p => template.All(l => p.Metadata.Labels?.TryGetValue(l.Key, out var v) == true && v == l.Value)),
            ReadyReplicas = active.Count(p => p.IsReady),
            AvailableReplicas = active.Count(p => p.IsAvailable(minReady, now)),
            TerminatingReplicas = terminating,
            ObservedGeneration = set.Metadata.Generation,
            Conditions = Conditions(old.Conditions, failure, now),
        };
    }

    private static IList<V1ReplicaSetCondition>? Conditions(IList<V1ReplicaSetCondition>? old, (string Reason, string Message)? failure, DateTime now)
    {
        var known = old?.FirstOrDefault(c => c.Type == ReplicaFailure);
        if (failure is null)
            return known is null ? old : [.. old!.Where(c => c.Type != ReplicaFailure)];
        if (known?.Status == "True" && known.Reason == failure.Value.Reason)
            return old;
        return
        [
            .. (old ?? []).Where(c => c.Type != ReplicaFailure),
            new() { Type = ReplicaFailure, Status = "True", Reason = failure.Value.Reason, Message = failure.Value.Message, LastTransitionTime = now },
        ];
    }
}
