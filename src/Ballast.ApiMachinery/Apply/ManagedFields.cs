using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.Schemas;

namespace Ballast.ApiMachinery.Apply;

/// <summary>
/// Server-side apply and the record it rests on: which manager set which field. Pure: documents in, documents out, all in one API version.
/// </summary>
public static class ManagedFields
{
    private const string BeforeFirstApply = "before-first-apply";

    // What every object has, or the server sets, is nobody's.
    private static readonly FieldSet Unowned = ((string[])
        ["creationTimestamp", "generation", "managedFields", "name", "namespace", "resourceVersion", "selfLink", "uid"])
        .Aggregate(FieldSet.Of("apiVersion").Union(FieldSet.Of("kind")).Union(FieldSet.Of("metadata")), (set, field) => set.Union(FieldSet.Of("metadata", field)));

    // Fields that a new object of a built-in kind has before anyone sets anything in them.
    private static readonly HashSet<string> AlwaysThere = ["containers", "jobTemplate", "metadata", "source", "spec", "status", "strategy", "template", "updateStrategy"];

    /// <summary>
    /// What the object becomes when <paramref name="applied"/> is laid over it: applied fields win, fields the manager applied before and leaves out now are removed where nobody
    /// else has them.
    /// </summary>
    /// <param name="live">The object as it is; null where there is none yet. Not changed.</param>
    /// <param name="applied">What the client sent. Not changed.</param>
    /// <param name="manager">Who applies.</param>
    /// <param name="force">Take the fields that others have.</param>
    /// <param name="schema">The object's.</param>
    /// <exception cref="StatusException">Conflict, with a cause a field; BadRequest where the client sends managedFields.</exception>
    public static JsonObject Apply(JsonObject? live, JsonObject applied, FieldManager manager, bool force, Schema schema)
    {
        if (applied.MetadataOrNull?["managedFields"] is JsonArray { Count: > 0 })
            throw StatusException.BadRequest("metadata.managedFields must be nil");
        var id = new ManagerId(manager.Name, ManagerId.Apply, "", manager.Subresource);
        var before = EntriesBefore(live, manager, schema);
        var entries = new ManagedEntries(before);
        var last = before.GetValueOrDefault(id);
        var set = TypedFields.Of(applied, schema).Difference(Unowned).RecursiveDifference(manager.Ignored);
        entries.Set(id, new(set, manager.ApiVersion, last?.Time));
        if (live is null)
            return Written(applied.DeepClone().AsObject(), entries, id, manager);

        var result = TypedMerge.Merge(live, applied, schema);
        if (last is not null)
            TypedRemoval.Remove(result, schema, last.Fields, entries.AllFields());
        var comparison = Comparison.Of(live, result, schema).Except(Unowned).Without(manager.Ignored);
        var conflicts = ApplyConflicts.Of(entries, id, comparison.Changed);
        if (conflicts.Any && !force)
            conflicts = Allowed(conflicts, live, manager, schema);
        conflicts.Force(entries);
        Forget(entries, id, comparison.Removed);
        if (comparison.IsSame && entries.SameAs(before))
            return live.DeepClone().AsObject();
        if (manager.Name == "kubectl" && LastApplied.IsOn(live))
            LastApplied.Write(result, applied);
        return Written(result, entries, id, manager);
    }

    /// <summary>
    /// Records in <paramref name="document"/> who made it different from <paramref name="old"/>: the manager gets the fields that changed, and who had them loses them.
    /// An object whose managedFields were emptied is not tracked until it is next applied to.
    /// </summary>
    /// <param name="old">The object before; null on creation. Not changed.</param>
    /// <param name="document">The object after; its managedFields, where the client sent some, are the ones to go on from.</param>
    /// <param name="manager">Who updates, patches or creates.</param>
    /// <param name="schema">The object's.</param>
    public static void TrackUpdate(JsonObject? old, JsonObject document, FieldManager manager, Schema schema)
    {
        var sent = document.MetadataOrNull?["managedFields"] as JsonArray;
        var isReset = sent is [JsonObject { Count: 0 }];
        var entries = isReset ? [] : ManagedEntries.Read(document);
        if (entries.Count == 0 && !isReset)
            entries = ManagedEntries.Read(old);
        if (isReset || (entries.Count == 0 && old is not null))
        {
            _ = document.MetadataOrNull?.Remove("managedFields");
            return;
        }
        var comparison = Comparison.Of(Before(old, document, schema), document, schema).Except(Unowned).Without(manager.Ignored);
        if (!comparison.IsSame)
            Take(entries, new(manager.Name, ManagerId.Update, manager.ApiVersion, manager.Subresource), comparison, manager);
        entries.Write(document);
    }

    private static void Take(ManagedEntries entries, ManagerId id, Comparison comparison, FieldManager manager)
    {
        ApplyConflicts.Of(entries, id, comparison.Changed).Force(entries);
        Forget(entries, default, comparison.Removed);
        if (comparison.Changed.IsEmpty)
            return;
        var had = entries.GetValueOrDefault(id)?.Fields ?? FieldSet.Empty;
        entries.Set(id, new(had.Union(comparison.Changed), manager.ApiVersion, KubernetesTime.Format(manager.Now)));
    }

    private static void Forget(ManagedEntries entries, ManagerId but, FieldSet removed)
    {
        if (removed.IsEmpty)
            return;
        foreach (var (id, entry) in entries.Where(e => e.Key != but).ToArray())
            entries.Set(id, entry with { Fields = entry.Fields.Difference(removed) });
    }

    // An object that was never tracked belongs, as it is, to nobody in particular.
    private static ManagedEntries EntriesBefore(JsonObject? live, FieldManager manager, Schema schema)
    {
        var entries = ManagedEntries.Read(live);
        if (live is null || entries.Count > 0)
            return entries;
        var all = Comparison.Of(Fresh(live, schema), live, schema).Except(Unowned).Changed;
        entries.Set(new(BeforeFirstApply, ManagerId.Update, live.ApiVersion, ""), new(all, live.ApiVersion, KubernetesTime.Format(manager.Now)));
        return entries;
    }

    private static ApplyConflicts Allowed(ApplyConflicts conflicts, JsonObject live, FieldManager manager, Schema schema)
    {
        var left = manager.Name == "kubectl" ? conflicts.Without(LastApplied.UnchangedFields(live, schema)) : conflicts;
        return left.Any ? throw left.ToException() : conflicts;
    }

    private static JsonObject Written(JsonObject document, ManagedEntries entries, ManagerId id, FieldManager manager)
    {
        if (entries.TryGetValue(id, out var entry))
            entries[id] = entry with { Time = KubernetesTime.Format(manager.Now) };
        entries.Write(document);
        return document;
    }

    // Built-in kinds have a status from the start, if an empty one: whoever first writes into it does not own the whole.
    private static JsonObject Before(JsonObject? old, JsonObject document, Schema schema)
    {
        if (old is null)
            return Fresh(document, schema);
        if (old.ContainsKey("status") || document["status"] is not JsonObject || !IsBuiltIn(schema))
            return old;
        var before = old.DeepClone().AsObject();
        before["status"] = new JsonObject();
        return before;
    }

    private static bool IsBuiltIn(Schema schema) => schema.Name.StartsWith("io.k8s.", StringComparison.Ordinal);

    private static JsonObject Fresh(JsonObject document, Schema schema)
    {
        var fresh = new JsonObject();
        if (!IsBuiltIn(schema))
            return fresh;
        foreach (var (name, value) in document)
        {
            if (!AlwaysThere.Contains(name))
                continue;
            if (value is JsonObject inner)
                fresh[name] = Fresh(inner, schema);
            else if (value is JsonArray)
                fresh[name] = new JsonArray();
        }
        return fresh;
    }
}
