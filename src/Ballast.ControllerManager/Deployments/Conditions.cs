using k8s.Models;

namespace Ballast.ControllerManager.Deployments;

/// <summary>A Deployment's conditions: upstream's types, reasons and rules of when a time changes.</summary>
internal static class Conditions
{
    public const string Available = "Available";
    public const string Progressing = "Progressing";
    public const string ReplicaFailure = "ReplicaFailure";

    public const string NewReplicaSet = "NewReplicaSetCreated";
    public const string FoundNewReplicaSet = "FoundNewReplicaSet";
    public const string NewReplicaSetAvailable = "NewReplicaSetAvailable";
    public const string ReplicaSetUpdated = "ReplicaSetUpdated";
    public const string ReplicaSetCreateError = "ReplicaSetCreateError";
    public const string TimedOut = "ProgressDeadlineExceeded";
    public const string Paused = "DeploymentPaused";
    public const string Resumed = "DeploymentResumed";

    extension(V1DeploymentStatus? status)
    {
        public V1DeploymentCondition? Condition(string type) => status?.Conditions?.FirstOrDefault(c => c.Type == type);
    }

    public static V1DeploymentCondition Make(string type, string status, string reason, string message, DateTime now) =>
        new() { Type = type, Status = status, Reason = reason, Message = message, LastUpdateTime = now, LastTransitionTime = now };

    /// <summary>With the condition in place: nothing changes for the same status and reason, and the transition time only with the status.</summary>
    public static IList<V1DeploymentCondition> With(IList<V1DeploymentCondition>? conditions, V1DeploymentCondition condition)
    {
        var known = conditions?.FirstOrDefault(c => c.Type == condition.Type);
        if (known is not null && known.Status == condition.Status && known.Reason == condition.Reason)
            return conditions!;
        if (known is not null && known.Status == condition.Status)
            condition = condition with { LastTransitionTime = known.LastTransitionTime };
        return [.. Without(conditions, condition.Type), condition];
    }

    public static IList<V1DeploymentCondition> Without(IList<V1DeploymentCondition>? conditions, string type) =>
        [.. (conditions ?? []).Where(c => c.Type != type)];
}
