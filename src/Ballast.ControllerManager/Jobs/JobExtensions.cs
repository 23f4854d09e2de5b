using k8s.Models;

namespace Ballast.ControllerManager.Jobs;

/// <summary>What controllers ask of a Job.</summary>
public static class JobExtensions
{
    extension(V1Job job)
    {
        /// <summary>The condition that says the Job is complete or has failed; null while it is neither.</summary>
        public V1JobCondition? FinishedCondition =>
            job.Status?.Conditions?.FirstOrDefault(c => c is { Type: "Complete" or "Failed", Status: "True" });
    }
}
