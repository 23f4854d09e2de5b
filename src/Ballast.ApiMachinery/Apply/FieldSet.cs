using System.Text.Json.Nodes;

namespace Ballast.ApiMachinery.Apply;

/// <summary>
/// A set of an object's fields, as <c>managedFields[].fieldsV1</c> writes it: a tree whose steps are <c>f:NAME</c> (a field), <c>k:{…}</c> (a list's item by its
/// keys), <c>v:…</c> (a set's value). A node can be in the set itself, and have others below it. Immutable; the operations share what they do not change.
/// </summary>
public sealed class FieldSet
{
    private const string Self = ".";

    private readonly Dictionary<string, FieldSet> _children;

    internal FieldSet(bool isMember, Dictionary<string, FieldSet> children) => (IsMember, _children) = (isMember, children);

    public static FieldSet Empty { get; } = new(false, []);

    /// <summary>The node itself and nothing below it.</summary>
    public static FieldSet Leaf { get; } = new(true, []);

    public bool IsEmpty => !IsMember && _children.Count == 0;

    /// <summary>Is the node that this set is about in it?</summary>
    public bool IsMember { get; }

    internal IReadOnlyDictionary<string, FieldSet> Children => _children;

    /// <summary>The set with one field in it: <c>FieldSet.Of("status")</c>, <c>FieldSet.Of("metadata", "name")</c>.</summary>
    public static FieldSet Of(params ReadOnlySpan<string> fields)
    {
        var set = Leaf;
        for (var i = fields.Length - 1; i >= 0; i--)
            set = new(false, new() { [FieldStep.Field(fields[i])] = set });
        return set;
    }

    /// <summary>Reads <c>fieldsV1</c>.</summary>
    public static FieldSet FromJson(JsonObject? fields) => fields is null ? Empty : Read(fields, isRoot: true);

    /// <summary>Writes <c>fieldsV1</c>, its keys in order.</summary>
    public JsonObject ToJson()
    {
        var json = new JsonObject();
        if (IsMember && _children.Count > 0)
            json[Self] = new JsonObject();
        foreach (var (step, child) in _children.OrderBy(c => c.Key, StringComparer.Ordinal))
            json[step] = child.ToJson();
        return json;
    }

    internal FieldSet? Child(string step) => _children.GetValueOrDefault(step);

    public FieldSet Union(FieldSet other)
    {
        if (other.IsEmpty || ReferenceEquals(this, other))
            return this;
        if (IsEmpty)
            return other;
        var children = new Dictionary<string, FieldSet>(_children);
        foreach (var (step, child) in other._children)
            children[step] = children.TryGetValue(step, out var mine) ? mine.Union(child) : child;
        return new(IsMember || other.IsMember, children);
    }

    public FieldSet Intersection(FieldSet other)
    {
        Dictionary<string, FieldSet> children = [];
        foreach (var (step, child) in _children)
        {
            if (other._children.TryGetValue(step, out var theirs) && child.Intersection(theirs) is { IsEmpty: false } both)
                children.Add(step, both);
        }
        return Make(IsMember && other.IsMember, children);
    }

    /// <summary>Without the fields of <paramref name="other"/>; what is below them stays.</summary>
    public FieldSet Difference(FieldSet other) => Without(other, recursive: false);

    /// <summary>Without the fields of <paramref name="other"/> and all that is below them.</summary>
    public FieldSet RecursiveDifference(FieldSet other) => Without(other, recursive: true);

    public bool SetEquals(FieldSet other) =>
        IsMember == other.IsMember && _children.Count == other._children.Count
        && _children.All(c => other._children.TryGetValue(c.Key, out var theirs) && c.Value.SetEquals(theirs));

    /// <summary>The fields as messages have them: <c>.spec.template.spec.containers[name="a"].image</c>; in order.</summary>
    public IEnumerable<string> Paths() => Paths("");

    public override string ToString() => ToJson().ToJsonString();

    private FieldSet Without(FieldSet other, bool recursive)
    {
        if (other.IsEmpty || IsEmpty)
            return this;
        if (recursive && other.IsMember)
            return Empty;
        Dictionary<string, FieldSet> children = new(_children.Count);
        foreach (var (step, child) in _children)
        {
            var left = other._children.TryGetValue(step, out var theirs) ? child.Without(theirs, recursive) : child;
            if (!left.IsEmpty)
                children.Add(step, left);
        }
        return Make(IsMember && !other.IsMember, children);
    }

    private IEnumerable<string> Paths(string before)
    {
        if (IsMember)
            yield return before;
        foreach (var (step, child) in _children.OrderBy(c => c.Key, StringComparer.Ordinal))
        {
            foreach (var path in child.Paths(before + FieldStep.Display(step)))
                yield return path;
        }
    }

    private static FieldSet Read(JsonObject json, bool isRoot)
    {
        if (json.Count == 0)
            return isRoot ? Empty : Leaf;
        Dictionary<string, FieldSet> children = new(json.Count);
        foreach (var (step, child) in json)
        {
            // Kinds of steps that are not known yet are passed over, as upstream does.
            if (step.Length > 2 && step[1] == ':' && step[0] is 'f' or 'k' or 'v' or 'i')
                children[step] = child is JsonObject inner ? Read(inner, isRoot: false) : Leaf;
        }
        return new(json.ContainsKey(Self), children);
    }

    private static FieldSet Make(bool isMember, Dictionary<string, FieldSet> children) =>
        children.Count > 0 ? new(isMember, children) : isMember ? Leaf : Empty;
}
