using System.Globalization;
using k8s.Models;

namespace Ballast.ControllerManager.Deployments;

/// <summary>How many pods a Deployment may have, and how its ReplicaSets share them. No I/O.</summary>
internal static class Sizes
{
    extension(V1Deployment deployment)
    {
        public int Desired => deployment.Spec.Replicas ?? 1;

        public bool IsRolling => deployment.Spec.Strategy?.Type is not "Recreate";

        public int MaxSurge => deployment.IsRolling ? Fenceposts(deployment).Surge : 0;

        public int MaxUnavailable => deployment.IsRolling && deployment.Desired > 0 ? Math.Min(Fenceposts(deployment).Unavailable, deployment.Desired) : 0;

        public int MinAvailable => deployment.Desired - deployment.MaxUnavailable;

        public bool HasProgressDeadline => deployment.Spec.ProgressDeadlineSeconds is not (null or int.MaxValue);
    }

    extension(V1ReplicaSet set)
    {
        public int Size => set.Spec.Replicas ?? 1;

        public int Available => set.Status?.AvailableReplicas ?? 0;
    }

    /// <summary>The size that the newest ReplicaSet may have now.</summary>
    public static int OfNewest(V1Deployment deployment, IEnumerable<V1ReplicaSet> all, int currentSize)
    {
        if (!deployment.IsRolling)
            return deployment.Desired;
        var room = deployment.Desired + deployment.MaxSurge - all.Sum(s => s.Size);
        return room <= 0 ? currentSize : currentSize + Math.Min(room, deployment.Desired - currentSize);
    }

    /// <summary>Shares a change of the Deployment's size among ReplicaSets in the middle of a rollout, by their sizes.</summary>
    /// <param name="deployment">With its new size.</param>
    /// <param name="active">Its ReplicaSets that have pods.</param>
    public static IEnumerable<(V1ReplicaSet Set, int Size)> InProportion(V1Deployment deployment, IReadOnlyCollection<V1ReplicaSet> active)
    {
        var allowed = deployment.Desired > 0 ? deployment.Desired + deployment.MaxSurge : 0;
        var toAdd = allowed - active.Sum(s => s.Size);
        // The largest first; among equals growth goes to the newest and shrinking to the oldest.
        var ordered = toAdd >= 0
            ? active.OrderByDescending(s => s.Size).ThenByDescending(s => s.Metadata.CreationTimestamp)
            : active.OrderByDescending(s => s.Size).ThenBy(s => s.Metadata.CreationTimestamp);
        var shares = new List<(V1ReplicaSet Set, int Size)>();
        var added = 0;
        foreach (var set in ordered)
        {
            var share = Share(set, deployment, toAdd, added);
            added += share;
            shares.Add((set, set.Size + share));
        }
        if (shares.Count > 0)
            shares[0] = (shares[0].Set, Math.Max(0, shares[0].Size + toAdd - added)); // what rounding left over
        return shares;
    }

    private static int Share(V1ReplicaSet set, V1Deployment deployment, int toAdd, int added)
    {
        if (set.Size == 0 || toAdd == 0 || toAdd == added)
            return 0;
        var fraction = Fraction(set, deployment);
        return toAdd > 0 ? Math.Min(fraction, toAdd - added) : Math.Max(fraction, toAdd - added);
    }

    private static int Fraction(V1ReplicaSet set, V1Deployment deployment)
    {
        if (deployment.Desired == 0)
            return -set.Size;
        var before = Annotations.Max(set) ?? deployment.Status?.Replicas ?? 0;
        if (before == 0)
            return 0;
        var size = (double)set.Size * (deployment.Desired + deployment.MaxSurge) / before;
        return (int)Math.Round(size, MidpointRounding.AwayFromZero) - set.Size;
    }

    /// <summary>Surge rounds up, unavailable down; both zero would never move, so one may then be unavailable.</summary>
    private static (int Surge, int Unavailable) Fenceposts(V1Deployment deployment)
    {
        var rolling = deployment.Spec.Strategy?.RollingUpdate;
        var surge = Resolve(rolling?.MaxSurge, deployment.Desired, Math.Ceiling);
        var unavailable = Resolve(rolling?.MaxUnavailable, deployment.Desired, Math.Floor);
        return (surge, surge == 0 && unavailable == 0 ? 1 : unavailable);
    }

    private static int Resolve(IntOrString? value, int total, Func<double, double> round)
    {
        var text = value?.Value ?? "25%";
        return text.EndsWith('%')
            ? (int)round(int.Parse(text[..^1], CultureInfo.InvariantCulture) * (double)total / 100)
            : int.Parse(text, CultureInfo.InvariantCulture);
    }
}
