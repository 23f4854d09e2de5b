using k8s.Models;

namespace Ballast.Scheduler.Plugins.TaintToleration;

/// <summary>Which tolerations bear which taints.</summary>
internal static class Tolerations
{
    public static bool Tolerate(IList<V1Toleration>? tolerations, V1Taint taint)
    {
        for (var i = 0; i < (tolerations?.Count ?? 0); i++)
            if (Tolerates(tolerations![i], taint))
                return true;
        return false;
    }

    private static bool Tolerates(V1Toleration toleration, V1Taint taint)
    {
        if (!string.IsNullOrEmpty(toleration.Effect) && toleration.Effect != taint.Effect) return false;
        if (!string.IsNullOrEmpty(toleration.Key) && toleration.Key != taint.Key) return false;
        return toleration.OperatorProperty switch
        {
            "Exists" => true,
            null or "" or "Equal" => !string.IsNullOrEmpty(toleration.Key) && (toleration.Value ?? "") == (taint.Value ?? ""),
            _ => false,
        };
    }
}
