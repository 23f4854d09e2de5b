using k8s.Models;

namespace Ballast.ControllerManager.Deployments;

/// <summary>A Deployment's status as its ReplicaSets make it, and how its rollout is getting on. No I/O.</summary>
internal static class Progress
{
    /// <summary>The counts and the <c>Available</c> condition.</summary>
    public static V1DeploymentStatus Status(V1Deployment deployment, V1ReplicaSet? newest, IReadOnlyCollection<V1ReplicaSet> all, DateTime now)
    {
        var old = deployment.Status ?? new();
        var available = all.Sum(s => s.Available);
        var enough = available >= deployment.MinAvailable;
        return old with
        {
            ObservedGeneration = deployment.Metadata.Generation,
            Replicas = all.Sum(s => s.Status?.Replicas ?? 0),
            UpdatedReplicas = newest?.Status?.Replicas ?? 0,
            ReadyReplicas = all.Sum(s => s.Status?.ReadyReplicas ?? 0),
            AvailableReplicas = available,
            UnavailableReplicas = Math.Max(0, all.Sum(s => s.Size) - available),
            TerminatingReplicas = all.Sum(s => s.Status?.TerminatingReplicas ?? 0),
            Conditions = Conditions.With(old.Conditions, enough
                ? Conditions.Make(Conditions.Available, "True", "MinimumReplicasAvailable", "Deployment has minimum availability.", now)
                : Conditions.Make(Conditions.Available, "False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.", now)),
        };
    }

    /// <summary>As <see cref="Status"/>, with what the rollout's progress says.</summary>
    public static V1DeploymentStatus RolloutStatus(V1Deployment deployment, V1ReplicaSet? newest, IReadOnlyCollection<V1ReplicaSet> all, DateTime now)
    {
        var status = Status(deployment, newest, all, now);
        status.Conditions = ProgressConditions(deployment, newest, status, now);
        status.Conditions = Failure(newest, all, now) is { } failure
            ? Conditions.With(status.Conditions, failure)
            : Conditions.Without(status.Conditions, Conditions.ReplicaFailure);
        return status;
    }

    /// <summary>All pods are of the newest template, and available.</summary>
    public static bool IsComplete(V1Deployment deployment, V1DeploymentStatus? status) =>
        status?.UpdatedReplicas == deployment.Desired && status.Replicas == deployment.Desired
        && status.AvailableReplicas == deployment.Desired && status.ObservedGeneration >= deployment.Metadata.Generation;

    /// <summary>How long until a rollout that makes no progress is past its deadline; null where it has none, is complete or is past it.</summary>
    public static TimeSpan? UntilDeadline(V1Deployment deployment, V1DeploymentStatus status, DateTime now)
    {
        if (!deployment.HasProgressDeadline || IsComplete(deployment, status)
            || status.Condition(Conditions.Progressing) is not { } progress || progress.Reason == Conditions.TimedOut)
            return null;
        return progress.LastUpdateTime!.Value.AddSeconds(deployment.Spec.ProgressDeadlineSeconds!.Value) - now;
    }

    private static IList<V1DeploymentCondition> ProgressConditions(V1Deployment deployment, V1ReplicaSet? newest, V1DeploymentStatus status, DateTime now)
    {
        if (!deployment.HasProgressDeadline)
            return Conditions.Without(status.Conditions, Conditions.Progressing);
        var known = deployment.Status.Condition(Conditions.Progressing);
        if (status.Replicas == status.UpdatedReplicas && known?.Reason == Conditions.NewReplicaSetAvailable)
            return status.Conditions; // done before: pods that come and go are not a rollout
        var subject = newest is null ? $"Deployment \"{deployment.Metadata.Name}\"" : $"ReplicaSet \"{newest.Metadata.Name}\"";
        if (IsComplete(deployment, status))
            return Conditions.With(status.Conditions, Conditions.Make(Conditions.Progressing, "True", Conditions.NewReplicaSetAvailable, $"{subject} has successfully progressed.", now));
        if (HasProgressed(deployment.Status, status))
        {
            var progress = Conditions.Make(Conditions.Progressing, "True", Conditions.ReplicaSetUpdated, $"{subject} is progressing.", now);
            if (known?.Status == "True")
                progress.LastTransitionTime = known.LastTransitionTime;
            return [.. Conditions.Without(status.Conditions, Conditions.Progressing), progress]; // its update time is what the deadline counts from
        }
        if (HasTimedOut(deployment, known, now))
            return Conditions.With(status.Conditions, Conditions.Make(Conditions.Progressing, "False", Conditions.TimedOut, $"{subject} has timed out progressing.", now));
        return status.Conditions;
    }

    private static bool HasProgressed(V1DeploymentStatus? before, V1DeploymentStatus now)
    {
        var oldBefore = (before?.Replicas ?? 0) - (before?.UpdatedReplicas ?? 0);
        var oldNow = (now.Replicas ?? 0) - (now.UpdatedReplicas ?? 0);
        return now.UpdatedReplicas > (before?.UpdatedReplicas ?? 0) || oldNow < oldBefore
            || now.ReadyReplicas > (before?.ReadyReplicas ?? 0) || now.AvailableReplicas > (before?.AvailableReplicas ?? 0);
    }

    private static bool HasTimedOut(V1Deployment deployment, V1DeploymentCondition? progress, DateTime now) =>
        progress is not null && progress.Reason != Conditions.NewReplicaSetAvailable
        && (progress.Reason == Conditions.TimedOut || progress.LastUpdateTime!.Value.AddSeconds(deployment.Spec.ProgressDeadlineSeconds!.Value) < now);

    /// <summary>The newest ReplicaSet's failure to make pods; another's, where there is no newest.</summary>
    private static V1DeploymentCondition? Failure(V1ReplicaSet? newest, IReadOnlyCollection<V1ReplicaSet> all, DateTime now)
    {
        var failure = (newest is null ? all : [newest])
            .SelectMany(s => s.Status?.Conditions ?? []).FirstOrDefault(c => c.Type == Conditions.ReplicaFailure);
        return failure is null ? null
            : Conditions.Make(Conditions.ReplicaFailure, failure.Status, failure.Reason, failure.Message, now) with { LastTransitionTime = failure.LastTransitionTime };
    }
}
