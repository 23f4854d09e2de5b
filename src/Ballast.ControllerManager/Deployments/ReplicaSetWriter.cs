using Ballast.Client;
using Ballast.Client.Events;
using Ballast.ControllerManager.Ownership;
using k8s.Autorest;
using k8s.Models;

namespace Ballast.ControllerManager.Deployments;

/// <summary>Makes, scales and deletes a Deployment's ReplicaSets.</summary>
internal sealed class ReplicaSetWriter(ResourceClient<V1ReplicaSet> sets, ResourceClient<V1Deployment> deployments, IEventRecorder events, TimeProvider time)
{
    private DateTime Now => time.GetUtcNow().UtcDateTime;

    /// <summary>The family with revisions in order; with a ReplicaSet for the current template where <paramref name="create"/> says so.</summary>
    public async Task<Family> WithNewestAsync(Family family, bool create, CancellationToken cancel)
    {
        var revision = family.Old.Select(s => Annotations.RevisionOf(s.Metadata)).DefaultIfEmpty(0).Max() + 1;
        if (family.Newest is { } known)
            return await AdoptAsync(family, known, revision, cancel);
        return create ? await CreateAsync(family, revision, cancel) : family;
    }

    /// <summary>Sets the size; the sizes' annotations follow.</summary>
    /// <returns>The ReplicaSet as it is now, and whether its size changed.</returns>
    public async Task<(V1ReplicaSet Set, bool Scaled)> ScaleAsync(V1Deployment deployment, V1ReplicaSet set, int size, CancellationToken cancel)
    {
        var (desired, max) = (deployment.Desired, deployment.Desired + deployment.MaxSurge);
        var from = set.Size;
        if (from == size && Annotations.Desired(set) == desired && Annotations.Max(set) == max)
            return (set, false);
        var annotations = new Dictionary<string, string>(set.Metadata.Annotations ?? new Dictionary<string, string>());
        Annotations.SetSizes(annotations, desired, max);
        var written = await sets.UpdateAsync(set with { Metadata = set.Metadata with { Annotations = annotations }, Spec = set.Spec with { Replicas = size } }, cancel);
        if (from == size)
            return (written, false);
        events.Event(deployment, EventType.Normal, "ScalingReplicaSet",
            $"Scaled {(size > from ? "up" : "down")} replica set {set.Metadata.Name} from {from} to {size}");
        return (written, true);
    }

    /// <summary>Deletes old ReplicaSets beyond the history limit, the oldest revisions first.</summary>
    public async Task CleanUpAsync(Family family, CancellationToken cancel)
    {
        var limit = family.Deployment.Spec.RevisionHistoryLimit ?? int.MaxValue;
        var kept = family.Old.Where(s => s.Metadata.DeletionTimestamp is null).OrderBy(s => Annotations.RevisionOf(s.Metadata)).ToList();
        foreach (var set in kept.Take(kept.Count - limit))
        {
            if (set.Size == 0 && (set.Status?.Replicas ?? 0) == 0 && (set.Status?.ObservedGeneration ?? 0) >= set.Metadata.Generation)
                await sets.TryDeleteAsync(set.Metadata.NamespaceProperty, set.Metadata.Name, set.Metadata.Uid, cancel);
        }
    }

    private async Task<Family> AdoptAsync(Family family, V1ReplicaSet newest, long revision, CancellationToken cancel)
    {
        var deployment = family.Deployment;
        var annotations = Annotations.ForNewest(deployment, newest.Metadata.Annotations, revision);
        var minReady = deployment.Spec.MinReadySeconds;
        if (!Json.Same(annotations, newest.Metadata.Annotations) || (newest.Spec.MinReadySeconds ?? 0) != (minReady ?? 0))
        {
            newest = await sets.UpdateAsync(
                newest with { Metadata = newest.Metadata with { Annotations = annotations }, Spec = newest.Spec with { MinReadySeconds = minReady } }, cancel);
        }
        deployment = await SetRevisionAsync(deployment, Annotations.RevisionOf(newest.Metadata), cancel);
        if (deployment.HasProgressDeadline && deployment.Status.Condition(Conditions.Progressing) is null)
            deployment = await ReportAsync(deployment, "True", Conditions.FoundNewReplicaSet, $"Found new replica set \"{newest.Metadata.Name}\"", cancel);
        return family with { Deployment = deployment, Newest = newest };
    }

    private async Task<Family> CreateAsync(Family family, long revision, CancellationToken cancel)
    {
        var deployment = family.Deployment;
        var planned = Plan(family, revision);
        V1ReplicaSet newest;
        try
        {
            newest = await sets.CreateAsync(planned, cancel);
            if (newest.Size > 0)
                events.Event(deployment, EventType.Normal, "ScalingReplicaSet", $"Scaled up replica set {newest.Metadata.Name} from 0 to {newest.Size}");
        }
        catch (HttpOperationException e) when (e.IsAlreadyExists)
        {
            newest = await OwnOrCollideAsync(deployment, planned, cancel);
        }
        catch (HttpOperationException e) when (!e.IsNamespaceTerminating)
        {
            if (deployment.HasProgressDeadline)
                await ReportAsync(deployment, "False", Conditions.ReplicaSetCreateError, $"Failed to create new replica set \"{planned.Metadata.Name}\": {e.Words}", cancel);
            throw;
        }
        deployment = await SetRevisionAsync(deployment, revision, cancel);
        if (deployment.HasProgressDeadline)
            deployment = await ReportAsync(deployment, "True", Conditions.NewReplicaSet, $"Created new replica set \"{newest.Metadata.Name}\"", cancel);
        return family with { Deployment = deployment, Newest = newest };
    }

    private static V1ReplicaSet Plan(Family family, long revision)
    {
        var deployment = family.Deployment;
        var hash = PodTemplates.Hash(deployment.Spec.Template, deployment.Status?.CollisionCount);
        var template = deployment.Spec.Template.Metadata ?? new();
        var labels = new Dictionary<string, string>(template.Labels ?? new Dictionary<string, string>()) { [PodTemplates.HashLabel] = hash };
        var selector = new Dictionary<string, string>(deployment.Spec.Selector.MatchLabels ?? new Dictionary<string, string>()) { [PodTemplates.HashLabel] = hash };
        var annotations = Annotations.ForNewest(deployment, null, revision);
        Annotations.SetSizes(annotations, deployment.Desired, deployment.Desired + deployment.MaxSurge);
        return new()
        {
            Metadata = new()
            {
                Name = $"{deployment.Metadata.Name}-{hash}",
                NamespaceProperty = deployment.Metadata.NamespaceProperty,
                Labels = labels,
                Annotations = annotations,
                OwnerReferences = [deployment.NewControllerReference()],
            },
            Spec = new()
            {
                Replicas = Sizes.OfNewest(deployment, family.Old, 0),
                MinReadySeconds = deployment.Spec.MinReadySeconds,
                Selector = deployment.Spec.Selector with { MatchLabels = selector },
                Template = deployment.Spec.Template with { Metadata = template with { Labels = labels } },
            },
        };
    }

    /// <summary>The name is taken: by our own work that the cache does not show yet, or by another template of the same hash.</summary>
    private async Task<V1ReplicaSet> OwnOrCollideAsync(V1Deployment deployment, V1ReplicaSet planned, CancellationToken cancel)
    {
        var found = await sets.GetAsync(planned.Metadata.NamespaceProperty, planned.Metadata.Name, cancel);
        if (found.Metadata.IsControlledBy(deployment) && PodTemplates.AreSame(found.Spec.Template, deployment.Spec.Template))
            return found;
        var status = (deployment.Status ?? new()) with { CollisionCount = (deployment.Status?.CollisionCount ?? 0) + 1 };
        await deployments.UpdateStatusAsync(deployment with { Status = status }, cancel);
        throw new InvalidOperationException($"replica set {planned.Metadata.Name} is of another template: trying the next name");
    }

    /// <summary>By an update of the whole: the controller's role allows no patch.</summary>
    private async Task<V1Deployment> SetRevisionAsync(V1Deployment deployment, long revision, CancellationToken cancel)
    {
        if (Annotations.RevisionOf(deployment.Metadata) == revision)
            return deployment;
        var annotations = new Dictionary<string, string>(deployment.Metadata.Annotations ?? new Dictionary<string, string>())
        {
            [Annotations.Revision] = revision.ToString(System.Globalization.CultureInfo.InvariantCulture),
        };
        return await deployments.UpdateAsync(deployment with { Metadata = deployment.Metadata with { Annotations = annotations } }, cancel);
    }

    private Task<V1Deployment> ReportAsync(V1Deployment deployment, string status, string reason, string message, CancellationToken cancel)
    {
        var old = deployment.Status ?? new();
        var condition = Conditions.Make(Conditions.Progressing, status, reason, message, Now);
        return deployments.UpdateStatusAsync(deployment with { Status = old with { Conditions = Conditions.With(old.Conditions, condition) } }, cancel);
    }
}
