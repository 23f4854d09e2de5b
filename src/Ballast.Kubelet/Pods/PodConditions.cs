using k8s.Models;

namespace Ballast.Kubelet.Pods;

/// <summary>The conditions the kubelet owns. Those of others are theirs and not touched.</summary>
internal static class PodConditions
{
    private const string ReadyToStartContainers = "PodReadyToStartContainers";
    private const string Initialized = "Initialized";
    private const string Ready = "Ready";
    private const string ContainersReady = "ContainersReady";
    private const string Scheduled = "PodScheduled";

    public static List<V1PodCondition> Build(PodStatusInput input, V1PodStatus status)
    {
        var containersReady = OfContainersReady(input, status);
        List<V1PodCondition> conditions =
        [
            Condition(ReadyToStartContainers, input.State.Sandbox is { Ready: true } && !input.Terminated),
            OfInitialized(input, status),
            OfReady(input, containersReady),
            containersReady,
            Condition(Scheduled, true),
        ];
        foreach (var condition in conditions)
        {
            var before = input.Previous?.Conditions?.FirstOrDefault(c => c.Type == condition.Type);
            condition.ObservedGeneration = input.Pod.Metadata.Generation;
            condition.LastTransitionTime = before?.Status == condition.Status && before.LastTransitionTime is { } since ? since : PodStatusBuilder.WholeSeconds(input.Now);
        }
        return conditions;
    }

    private static V1PodCondition OfInitialized(PodStatusInput input, V1PodStatus status)
    {
        if (Completed(status.Phase) is { } completed)
            return status.Phase == PodPhase.Succeeded ? Condition(Initialized, true, completed) : Condition(Initialized, Incomplete().Count == 0, completed);
        var incomplete = Incomplete();
        return incomplete.Count == 0
            ? Condition(Initialized, true)
            : Condition(Initialized, false, "ContainersNotInitialized", $"containers with incomplete status: [{string.Join(' ', incomplete)}]");

        List<string> Incomplete()
        {
            // Once an application container was started, initialization is behind the pod for good.
            if (input.Pod.Spec.Containers.Any(c => input.State.Latest(c.Name) is not null))
                return [];
            return [.. (status.InitContainerStatuses ?? [])
                .Where((c, i) => input.Pod.Spec.InitContainers[i].IsSidecar ? c.Started != true : !c.Ready)
                .Select(c => c.Name)];
        }
    }

    private static V1PodCondition OfContainersReady(PodStatusInput input, V1PodStatus status)
    {
        if (Completed(status.Phase) is { } completed)
            return Condition(ContainersReady, false, completed);
        var unready = Sidecars(input, status).Concat(status.ContainerStatuses).Where(c => !c.Ready).Select(c => c.Name).ToList();
        return unready.Count == 0
            ? Condition(ContainersReady, true)
            : Condition(ContainersReady, false, "ContainersNotReady", $"containers with unready status: [{string.Join(' ', unready)}]");
    }

    private static V1PodCondition OfReady(PodStatusInput input, V1PodCondition containersReady)
    {
        if (containersReady.Status != "True")
            return Condition(Ready, false, containersReady.Reason, containersReady.Message);
        var missing = (input.Pod.Spec.ReadinessGates ?? [])
            .Where(gate => input.Pod.Status?.Conditions?.Any(c => c.Type == gate.ConditionType && c.Status == "True") != true)
            .Select(gate => $"corresponding condition of pod readiness gate \"{gate.ConditionType}\" does not exist.")
            .ToList();
        return missing.Count == 0
            ? Condition(Ready, true)
            : Condition(Ready, false, "ReadinessGatesNotReady", string.Join(", ", missing));
    }

    private static IEnumerable<V1ContainerStatus> Sidecars(PodStatusInput input, V1PodStatus status) =>
        (status.InitContainerStatuses ?? []).Where((_, i) => input.Pod.Spec.InitContainers[i].IsSidecar);

    private static string? Completed(string phase) => phase switch
    {
        PodPhase.Succeeded => "PodCompleted",
        PodPhase.Failed => "PodFailed",
        _ => null,
    };

    private static V1PodCondition Condition(string type, bool holds, string? reason = null, string? message = null) =>
        new() { Type = type, Status = holds ? "True" : "False", Reason = reason, Message = message };
}
