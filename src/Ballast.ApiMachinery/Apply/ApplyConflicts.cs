using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;

namespace Ballast.ApiMachinery.Apply;

/// <summary>The fields that an apply would take from others.</summary>
internal sealed class ApplyConflicts
{
    private readonly List<(ManagerId Manager, FieldSet Fields)> _conflicts = [];

    public bool Any => _conflicts.Count > 0;

    public static ApplyConflicts Of(ManagedEntries entries, ManagerId applier, FieldSet changed)
    {
        var found = new ApplyConflicts();
        foreach (var (id, entry) in entries)
        {
            if (id != applier && entry.Fields.Intersection(changed) is { IsEmpty: false } both)
                found._conflicts.Add((id, both));
        }
        return found;
    }

    /// <summary>Without those on fields that may be taken.</summary>
    public ApplyConflicts Without(FieldSet allowed)
    {
        var left = new ApplyConflicts();
        left._conflicts.AddRange(_conflicts.Select(c => (c.Manager, c.Fields.Difference(allowed))).Where(c => !c.Item2.IsEmpty));
        return left;
    }

    /// <summary>Takes the fields from those who have them.</summary>
    public void Force(ManagedEntries entries)
    {
        foreach (var (id, fields) in _conflicts)
            entries.Set(id, entries[id] with { Fields = entries[id].Fields.Difference(fields) });
    }

    /// <summary>In upstream's words.</summary>
    public StatusException ToException()
    {
        var all = _conflicts
            .OrderBy(c => c.Manager.Display(), StringComparer.Ordinal)
            .SelectMany(c => c.Fields.Paths().Select(path => (Manager: c.Manager.Display(), Path: path)))
            .ToArray();
        var causes = new JsonArray([.. all.Select(c => (JsonNode)new JsonObject
        {
            ["reason"] = "FieldManagerConflict",
            ["message"] = $"conflict with {c.Manager}",
            ["field"] = c.Path,
        })]);
        if (all is [var one])
            return StatusException.ApplyConflict($"Apply failed with 1 conflict: conflict with {one.Manager}: {one.Path}", causes);
        var managers = all.GroupBy(c => c.Manager).Select(g => $"conflicts with {g.Key}:\n{string.Join('\n', g.Select(c => "- " + c.Path))}");
        return StatusException.ApplyConflict($"Apply failed with {all.Length} conflicts: {string.Join('\n', managers)}", causes);
    }
}
