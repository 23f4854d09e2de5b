using k8s.Models;

namespace Ballast.ControllerManager.Deployments;

/// <summary>One step of a rollout. Each moves as far as the limits allow; the next status change brings the next step.</summary>
internal sealed class Rollout(ReplicaSetWriter writer)
{
    /// <summary>More of the new within <c>maxSurge</c>, or fewer of the old within <c>maxUnavailable</c>.</summary>
    public async Task<Family> RollAsync(Family family, CancellationToken cancel)
    {
        family = await writer.WithNewestAsync(family, create: true, cancel);
        var deployment = family.Deployment;
        var newest = family.Newest!;
        var size = newest.Size > deployment.Desired ? deployment.Desired : Sizes.OfNewest(deployment, family.All, newest.Size);
        var (written, scaled) = await writer.ScaleAsync(deployment, newest, size, cancel);
        family = family with { Newest = written };
        if (scaled)
            return family;
        family = await ScaleEachAsync(family, OldSizes(family).Select(s => (s.Key, s.Value)), cancel);
        if (Progress.IsComplete(deployment, deployment.Status))
            await writer.CleanUpAsync(family, cancel);
        return family;
    }

    /// <summary>All of the old away, then the new.</summary>
    /// <param name="family">The Deployment's.</param>
    /// <param name="oldPodsRun">True while pods of old ReplicaSets still run.</param>
    /// <param name="cancel">Gives up.</param>
    public async Task<Family> RecreateAsync(Family family, bool oldPodsRun, CancellationToken cancel)
    {
        family = await writer.WithNewestAsync(family, create: false, cancel);
        if (family.ActiveOld.Count > 0)
            return await ScaleEachAsync(family, family.ActiveOld.Select(s => (s, 0)), cancel);
        if (oldPodsRun || family.Old.Any(s => s.Status?.Replicas > 0))
            return family;
        family = await writer.WithNewestAsync(family, create: true, cancel);
        var (newest, _) = await writer.ScaleAsync(family.Deployment, family.Newest!, family.Deployment.Desired, cancel);
        family = family with { Newest = newest };
        if (Progress.IsComplete(family.Deployment, family.Deployment.Status))
            await writer.CleanUpAsync(family, cancel);
        return family;
    }

    /// <summary>The Deployment's size was changed: no step of the rollout, every ReplicaSet in proportion.</summary>
    public async Task<Family> ScaleAsync(Family family, CancellationToken cancel)
    {
        family = await writer.WithNewestAsync(family, create: false, cancel);
        var deployment = family.Deployment;
        if (OnlyActiveOrLatest(family) is { } only)
            return await ScaleEachAsync(family, [(only, deployment.Desired)], cancel);
        if (family.Newest is { } newest && IsSaturated(deployment, newest))
            return await ScaleEachAsync(family, family.ActiveOld.Select(s => (s, 0)), cancel);
        return deployment.IsRolling ? await ScaleEachAsync(family, Sizes.InProportion(deployment, family.Active), cancel) : family;
    }

    /// <summary>The sizes of old ReplicaSets that may shrink now: broken pods first (nobody misses them), then healthy ones from the oldest.</summary>
    internal static Dictionary<V1ReplicaSet, int> OldSizes(Family family)
    {
        var (deployment, newest) = (family.Deployment, family.Newest!);
        var sizes = new Dictionary<V1ReplicaSet, int>(ReferenceEqualityComparer.Instance);
        var most = family.All.Sum(s => s.Size) - deployment.MinAvailable - (newest.Size - newest.Available);
        if (family.ActiveOld.Count == 0 || most <= 0)
            return sizes;
        foreach (var set in family.ActiveOld)
        {
            var broken = Math.Min(most, set.Size - set.Available);
            if (broken <= 0)
                continue;
            sizes[set] = set.Size - broken;
            most -= broken;
        }
        // A set that was just shrunk may still report the pods it is about to lose: those are not spare.
        var spare = family.All.Sum(s => Math.Min(s.Available, sizes.GetValueOrDefault(s, s.Size))) - deployment.MinAvailable;
        foreach (var set in family.ActiveOld)
        {
            var size = sizes.GetValueOrDefault(set, set.Size);
            var away = Math.Min(size, spare);
            if (away <= 0)
                continue;
            sizes[set] = size - away;
            spare -= away;
        }
        return sizes;
    }

    private async Task<Family> ScaleEachAsync(Family family, IEnumerable<(V1ReplicaSet Set, int Size)> sizes, CancellationToken cancel)
    {
        foreach (var (set, size) in sizes)
        {
            var (written, _) = await writer.ScaleAsync(family.Deployment, set, size, cancel);
            family = ReferenceEquals(set, family.Newest)
                ? family with { Newest = written }
                : family with { Old = [.. family.Old.Select(s => ReferenceEquals(s, set) ? written : s)] };
        }
        return family;
    }

    /// <summary>The one that a Deployment outside a rollout scales; null in the middle of one.</summary>
    private static V1ReplicaSet? OnlyActiveOrLatest(Family family) => family.Active switch
    {
        [] => family.Newest ?? (family.Old is [.., var latest] ? latest : null),
        [var one] => one,
        _ => null,
    };

    private static bool IsSaturated(V1Deployment deployment, V1ReplicaSet set) =>
        Annotations.Desired(set) == deployment.Desired && set.Size == deployment.Desired && set.Available == deployment.Desired;
}
