using k8s.Models;

namespace Ballast.Admin.Clusters;

/// <summary>What nodes and pods say of themselves in their condition <c>Ready</c>.</summary>
internal static class ReadyConditions
{
    extension(V1Pod pod)
    {
        public bool IsReady => pod.Status?.Conditions?.Any(c => c is { Type: "Ready", Status: "True" }) == true;
    }

    extension(V1Node node)
    {
        public bool IsReady => node.Readiness == "Ready";

        /// <summary><c>Ready</c>, <c>NotReady</c> or <c>Unknown</c>.</summary>
        public string Readiness => node.Status?.Conditions?.FirstOrDefault(c => c.Type == "Ready")?.Status switch
        {
            "True" => "Ready",
            "False" => "NotReady",
            _ => "Unknown",
        };
    }
}
