using System.Globalization;
using k8s.Models;

namespace Ballast.ControllerManager.Deployments;

/// <summary>What a Deployment notes on its ReplicaSets: revisions, and the sizes that proportional scaling needs.</summary>
internal static class Annotations
{
    public const string Revision = "deployment.kubernetes.io/revision";
    private const string RevisionHistory = "deployment.kubernetes.io/revision-history";
    private const string DesiredReplicas = "deployment.kubernetes.io/desired-replicas";
    private const string MaxReplicas = "deployment.kubernetes.io/max-replicas";
    private const int LongestHistory = 2000;

    /// <summary>Annotations of the Deployment that are its own and not its ReplicaSets'.</summary>
    private static readonly HashSet<string> NotCopied =
        ["kubectl.kubernetes.io/last-applied-configuration", Revision, RevisionHistory, DesiredReplicas, MaxReplicas, "deprecated.deployment.rollback.to"];

    public static long RevisionOf(V1ObjectMeta metadata) => Number(metadata, Revision) ?? 0;

    public static int? Desired(V1ReplicaSet set) => (int?)Number(set.Metadata, DesiredReplicas);

    public static int? Max(V1ReplicaSet set) => (int?)Number(set.Metadata, MaxReplicas);

    public static void SetSizes(IDictionary<string, string> annotations, int desired, int max)
    {
        annotations[DesiredReplicas] = desired.ToString(CultureInfo.InvariantCulture);
        annotations[MaxReplicas] = max.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>The annotations of a Deployment's newest ReplicaSet.</summary>
    /// <param name="deployment">Its annotations are copied.</param>
    /// <param name="current">The ReplicaSet's; null for one that is about to be made.</param>
    /// <param name="revision">What it becomes; an older one that becomes the newest again keeps its former numbers as history.</param>
    public static Dictionary<string, string> ForNewest(V1Deployment deployment, IDictionary<string, string>? current, long revision)
    {
        var result = current is null ? [] : new Dictionary<string, string>(current);
        foreach (var (key, value) in deployment.Metadata.Annotations ?? new Dictionary<string, string>())
        {
            if (!NotCopied.Contains(key))
                result[key] = value;
        }
        var had = result.GetValueOrDefault(Revision);
        if (long.TryParse(had, CultureInfo.InvariantCulture, out var old) && old >= revision)
            return result;
        result[Revision] = revision.ToString(CultureInfo.InvariantCulture);
        if (!string.IsNullOrEmpty(had))
            result[RevisionHistory] = History(result.GetValueOrDefault(RevisionHistory), had);
        return result;
    }

    private static string History(string? known, string revision)
    {
        var history = string.IsNullOrEmpty(known) ? [] : known.Split(',').ToList();
        history.Add(revision);
        while (history.Count > 1 && history.Sum(r => r.Length + 1) > LongestHistory)
            history.RemoveAt(0);
        return string.Join(',', history);
    }

    private static long? Number(V1ObjectMeta metadata, string key) =>
        metadata.Annotations is { } annotations && annotations.TryGetValue(key, out var text)
            && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;
}
