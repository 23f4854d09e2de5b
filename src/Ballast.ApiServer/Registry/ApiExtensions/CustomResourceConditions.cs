using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;

namespace Ballast.ApiServer.Registry.ApiExtensions;

/// <summary>The conditions of a CRD.</summary>
internal static class CustomResourceConditions
{
    /// <summary>Keeps a CRD until its instances are gone.</summary>
    public const string CleanupFinalizer = "customresourcecleanup.apiextensions.k8s.io";

    public static bool IsTrue(JsonObject crd, string type) => crd.Condition(type).Text("status") == "True";

    /// <summary>Sets a condition; its transition time moves only with its status. True where anything changed.</summary>
    public static bool Set(JsonObject crd, string type, string status, string reason, string message, DateTimeOffset now)
    {
        var before = crd.Condition(type);
        if (before is not null && (before.Text("status"), before.Text("reason"), before.Text("message")) == (status, reason, message))
            return false;
        var condition = new JsonObject
        {
            ["type"] = type,
            ["status"] = status,
            ["lastTransitionTime"] = before.Text("status") == status && before.Text("lastTransitionTime") is { Length: > 0 } since ? since : KubernetesTime.Format(now),
            ["reason"] = reason,
            ["message"] = message,
        };
        var conditions = crd.Objects("status", "conditions").ToList();
        var at = conditions.FindIndex(c => c.Text("type") == type);
        var changed = conditions.Select(c => (JsonNode)c.DeepClone()).ToList();
        if (at < 0)
            changed.Add(condition);
        else
            changed[at] = condition;
        crd.ObjectAt("status")["conditions"] = new JsonArray([.. changed]);
        return true;
    }
}
