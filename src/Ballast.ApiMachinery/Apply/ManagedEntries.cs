using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;

namespace Ballast.ApiMachinery.Apply;

/// <summary>The entries of an object's <c>metadata.managedFields</c>, by manager.</summary>
internal sealed class ManagedEntries : Dictionary<ManagerId, ManagedEntry>
{
    // Updates by ever new names would let the list grow without end.
    private const int MaxUpdateManagers = 10;
    private const string AncientChanges = "ancient-changes";

    public ManagedEntries() { }

    public ManagedEntries(ManagedEntries other) : base(other) { }

    public static ManagedEntries Read(JsonObject? document)
    {
        var entries = new ManagedEntries();
        foreach (var entry in (document?.MetadataOrNull?["managedFields"] as JsonArray ?? []).OfType<JsonObject>())
        {
            var (operation, version) = (entry.StringAt("operation") ?? "", entry.StringAt("apiVersion") ?? "");
            if (operation is not (ManagerId.Apply or ManagerId.Update) || entry.StringAt("fieldsType") != "FieldsV1")
                continue;
            var id = new ManagerId(entry.StringAt("manager") ?? "", operation, operation == ManagerId.Apply ? "" : version, entry.StringAt("subresource") ?? "");
            entries[id] = new(FieldSet.FromJson(entry["fieldsV1"] as JsonObject), version, entry.StringAt("time"));
        }
        return entries;
    }

    /// <summary>Into <c>metadata.managedFields</c>: appliers first, then by time and name.</summary>
    public void Write(JsonObject document)
    {
        Cap();
        if (Count == 0)
        {
            _ = document.MetadataOrNull?.Remove("managedFields");
            return;
        }
        var list = new JsonArray();
        foreach (var (id, entry) in this
            .OrderBy(e => e.Key.Operation, StringComparer.Ordinal)
            .ThenBy(e => e.Value.Time, StringComparer.Ordinal)
            .ThenBy(e => e.Key.Name, StringComparer.Ordinal)
            .ThenBy(e => e.Value.ApiVersion, StringComparer.Ordinal)
            .ThenBy(e => e.Key.Subresource, StringComparer.Ordinal))
        {
            list.Add((JsonNode)ToJson(id, entry));
        }
        document.Metadata["managedFields"] = list;
    }

    /// <summary>What all managers together have.</summary>
    public FieldSet AllFields() => Values.Aggregate(FieldSet.Empty, (all, entry) => all.Union(entry.Fields));

    public bool SameAs(ManagedEntries other) =>
        Count == other.Count
        && this.All(e => other.TryGetValue(e.Key, out var theirs) && theirs.ApiVersion == e.Value.ApiVersion && theirs.Fields.SetEquals(e.Value.Fields));

    /// <summary>Sets a manager's fields; a manager without any has no entry.</summary>
    public void Set(ManagerId id, ManagedEntry entry)
    {
        if (entry.Fields.IsEmpty)
            _ = Remove(id);
        else
            this[id] = entry;
    }

    private void Cap()
    {
        var updaters = this.Where(e => e.Key.Operation == ManagerId.Update && e.Key.Subresource.Length == 0).OrderBy(e => e.Value.Time, StringComparer.Ordinal).ToArray();
        foreach (var (id, entry) in updaters.Take(updaters.Length - MaxUpdateManagers))
        {
            _ = Remove(id);
            var ancient = id with { Name = AncientChanges };
            this[ancient] = TryGetValue(ancient, out var older) ? older with { Fields = older.Fields.Union(entry.Fields), Time = entry.Time } : entry;
        }
    }

    private static JsonObject ToJson(ManagerId id, ManagedEntry entry)
    {
        var json = new JsonObject { ["manager"] = id.Name, ["operation"] = id.Operation, ["apiVersion"] = entry.ApiVersion };
        if (entry.Time is not null)
            json["time"] = entry.Time;
        json["fieldsType"] = "FieldsV1";
        json["fieldsV1"] = entry.Fields.ToJson();
        if (id.Subresource.Length > 0)
            json["subresource"] = id.Subresource;
        return json;
    }
}
