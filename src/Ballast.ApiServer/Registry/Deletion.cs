using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;

namespace Ballast.ApiServer.Registry;

internal enum DeletionStep
{
    /// <summary>It waits already, and this request changes nothing.</summary>
    Wait,

    /// <summary>The changed document is to be written: the object waits for its grace to pass or its finalizers to go.</summary>
    Update,

    /// <summary>Nothing holds the object.</summary>
    Remove,
}

/// <summary>
/// What a request to delete makes of an object: grace first (kinds that have it), then finalizers, those of the garbage collector among them. A second request
/// can shorten the grace, never lengthen it.
/// </summary>
internal static class Deletion
{
    public const string OrphanFinalizer = "orphan";
    public const string ForegroundFinalizer = "foregroundDeletion";

    /// <summary>Changes <paramref name="document"/> to what is to be stored, and says what is to be done with it.</summary>
    public static DeletionStep Plan(JsonObject document, IResourceStrategy strategy, DeleteOptions options, DateTimeOffset now)
    {
        var before = document.Metadata.DeepClone();
        var grace = Grace(document, strategy, options, now);
        SetFinalizers(document, strategy, options);
        if (grace == 0 && !document.Finalizers.Any() && !strategy.HoldsBackDeletion(document))
            return DeletionStep.Remove;
        if (!document.IsBeingDeleted)
            Mark(document, strategy, now, 0);
        return JsonNode.DeepEquals(before, document.Metadata) ? DeletionStep.Wait : DeletionStep.Update;
    }

    /// <summary>An update has just taken away the last thing that held a deletion back.</summary>
    public static bool IsComplete(JsonObject document, IResourceStrategy strategy) =>
        document.IsBeingDeleted
        && (document.Metadata.LongAt("deletionGracePeriodSeconds") ?? 0) == 0
        && !document.Finalizers.Any()
        && !strategy.HoldsBackDeletion(document);

    private static long Grace(JsonObject document, IResourceStrategy strategy, DeleteOptions options, DateTimeOffset now)
    {
        if (strategy.GracePeriodSeconds(document, options.GracePeriodSeconds) is not { } grace)
            return 0;
        if (!document.IsBeingDeleted)
        {
            if (grace > 0 || document.Finalizers.Any())
                Mark(document, strategy, now.AddSeconds(grace), grace);
            return grace;
        }
        var metadata = document.Metadata;
        var current = metadata.LongAt("deletionGracePeriodSeconds") ?? 0;
        if (options.GracePeriodSeconds is not { } shorter || shorter >= current)
            return current;
        if (KubernetesTime.TryParse(metadata.StringAt("deletionTimestamp"), out var until))
            metadata["deletionTimestamp"] = KubernetesTime.Format(until.AddSeconds(shorter - current));
        metadata["deletionGracePeriodSeconds"] = shorter;
        return shorter;
    }

    private static void Mark(JsonObject document, IResourceStrategy strategy, DateTimeOffset until, long grace)
    {
        var metadata = document.Metadata;
        metadata["deletionTimestamp"] = KubernetesTime.Format(until);
        metadata["deletionGracePeriodSeconds"] = grace;
        if (document.Generation > 0)
            document.Generation++;
        strategy.PrepareForDelete(document);
    }

    private static void SetFinalizers(JsonObject document, IResourceStrategy strategy, DeleteOptions options)
    {
        var finalizers = document.Finalizers.ToList();
        // What was decided by an earlier request stands, unless this one decides again.
        var policy = options.PropagationPolicy
            ?? (finalizers.Contains(OrphanFinalizer) ? "Orphan" : finalizers.Contains(ForegroundFinalizer) ? "Foreground" : strategy.DefaultPropagationPolicy);
        var wanted = finalizers.Where(f => f is not (OrphanFinalizer or ForegroundFinalizer)).ToList();
        if (policy == "Orphan")
            wanted.Add(OrphanFinalizer);
        else if (policy == "Foreground")
            wanted.Add(ForegroundFinalizer);
        if (finalizers.ToHashSet().SetEquals(wanted))
            return;
        if (wanted.Count == 0)
            document.Metadata.Remove("finalizers");
        else
            document.Metadata["finalizers"] = new JsonArray([.. wanted.Select(f => (JsonNode)f)]);
    }
}
