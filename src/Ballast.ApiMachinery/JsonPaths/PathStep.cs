using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Ballast.ApiMachinery.JsonPaths;

/// <summary>One step of a path: from a value to those below it.</summary>
internal abstract record PathStep
{
    public abstract IEnumerable<JsonNode?> From(JsonNode? value);

    protected static IEnumerable<JsonNode?> Children(JsonNode? value) => value switch
    {
        JsonObject map => map.Select(f => f.Value),
        JsonArray list => list,
        _ => [],
    };
}

internal sealed record FieldStep(string Name) : PathStep
{
    public override IEnumerable<JsonNode?> From(JsonNode? value) => value is JsonObject map && map.TryGetPropertyValue(Name, out var found) ? [found] : [];
}

internal sealed record WildcardStep : PathStep
{
    public override IEnumerable<JsonNode?> From(JsonNode? value) => Children(value);
}

/// <summary>The value itself and all below it: what <c>..</c> looks through.</summary>
internal sealed record DescentStep : PathStep
{
    public override IEnumerable<JsonNode?> From(JsonNode? value) => Children(value).SelectMany(From).Prepend(value);
}

/// <summary>An item, counted from the end where negative.</summary>
internal sealed record IndexStep(int Index) : PathStep
{
    public override IEnumerable<JsonNode?> From(JsonNode? value)
    {
        if (value is not JsonArray list)
            return [];
        var at = Index < 0 ? list.Count + Index : Index;
        return at >= 0 && at < list.Count ? [list[at]] : [];
    }
}

/// <summary>Items from <paramref name="Start"/> up to, without, <paramref name="End"/>; negative counts from the end.</summary>
internal sealed record SliceStep(int? Start, int? End, int Step) : PathStep
{
    public override IEnumerable<JsonNode?> From(JsonNode? value)
    {
        if (value is not JsonArray list)
            yield break;
        var end = Math.Min(At(End ?? list.Count), list.Count);
        for (var i = Math.Max(At(Start ?? 0), 0); i < end; i += Step)
            yield return list[i];

        int At(int index) => index < 0 ? list.Count + index : index;
    }
}

/// <summary>Several names or indices: <c>['a','b']</c>, <c>[0,2]</c>.</summary>
internal sealed record UnionStep(IReadOnlyList<PathStep> Steps) : PathStep
{
    public override IEnumerable<JsonNode?> From(JsonNode? value) => Steps.SelectMany(s => s.From(value));
}

/// <summary>The items for which <paramref name="Left"/> compares with <paramref name="Right"/> as asked; without an operator, those that <paramref name="Left"/> finds something in.</summary>
internal sealed record FilterStep(FilterOperand Left, string Operator, FilterOperand Right) : PathStep
{
    public override IEnumerable<JsonNode?> From(JsonNode? value) => Children(value).Where(Holds);

    private bool Holds(JsonNode? item)
    {
        if (!Left.TryRead(item, out var left))
            return false;
        if (Operator.Length == 0)
            return true;
        if (!Right.TryRead(item, out var right))
            return false;
        return Operator switch
        {
            "==" => AreEqual(left, right),
            "!=" => !AreEqual(left, right),
            _ => Compare(left, right) is { } order && Operator switch
            {
                "<" => order < 0,
                "<=" => order <= 0,
                ">" => order > 0,
                _ => order >= 0,
            },
        };
    }

    private static bool AreEqual(JsonNode? left, JsonNode? right) => Compare(left, right) is { } order ? order == 0 : JsonNode.DeepEquals(left, right);

    private static int? Compare(JsonNode? left, JsonNode? right) => (left?.GetValueKind(), right?.GetValueKind()) switch
    {
        (JsonValueKind.String, JsonValueKind.String) => string.CompareOrdinal(left.GetValue<string>(), right.GetValue<string>()),
        (JsonValueKind.Number, JsonValueKind.Number) => Number(left).CompareTo(Number(right)),
        _ => null,
    };

    private static double Number(JsonNode node) => double.Parse(node.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture);
}

/// <summary>A constant, or a path from the item (<c>@.type</c>).</summary>
internal sealed record FilterOperand(JsonNode? Constant, IReadOnlyList<PathStep>? Path)
{
    public bool TryRead(JsonNode? item, out JsonNode? value)
    {
        if (Path is null)
        {
            value = Constant;
            return true;
        }
        IEnumerable<JsonNode?> found = [item];
        foreach (var step in Path)
            found = found.SelectMany(step.From);
        foreach (var first in found)
        {
            value = first;
            return true;
        }
        value = null;
        return false;
    }
}
