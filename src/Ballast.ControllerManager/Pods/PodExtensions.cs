using k8s.Models;

namespace Ballast.ControllerManager.Pods;

/// <summary>What controllers ask of a pod.</summary>
public static class PodExtensions
{
    extension(V1Pod pod)
    {
        /// <summary>Its containers have all ended and will not be started again.</summary>
        public bool IsTerminal => pod.Status?.Phase is "Succeeded" or "Failed";

        public bool IsTerminating => pod.Metadata.DeletionTimestamp is not null;

        /// <summary>It counts as one of its owner's replicas.</summary>
        public bool IsActive => !pod.IsTerminal && !pod.IsTerminating;

        public bool IsReady => pod.Condition("Ready")?.Status == "True";

        public V1PodCondition? Condition(string type)
        {
            foreach (var condition in pod.Status?.Conditions ?? [])
            {
                if (condition.Type == type)
                    return condition;
            }
            return null;
        }

        /// <summary>Ready for at least <paramref name="minReadySeconds"/>.</summary>
        public bool IsAvailable(int minReadySeconds, DateTime now) =>
            pod.Condition("Ready") is { Status: "True" } ready
            && (minReadySeconds == 0 || (ready.LastTransitionTime is { } since && since.AddSeconds(minReadySeconds) <= now));

        /// <summary>When the pod becomes available if it stays ready; null where it is not ready, or is available already.</summary>
        public TimeSpan? UntilAvailable(int minReadySeconds, DateTime now) =>
            pod.Condition("Ready") is { Status: "True", LastTransitionTime: { } since } && minReadySeconds > 0 && since.AddSeconds(minReadySeconds) > now
                ? since.AddSeconds(minReadySeconds) - now : null;
    }
}
