using System.Text.Json.Nodes;

namespace Ballast.ApiMachinery.Schemas;

/// <summary>
/// What a value may be and how it merges: an OpenAPI schema as Kubernetes uses it, for built-in types and for CRDs alike. Immutable. A schema that
/// refers to another (<see cref="Reference"/>) answers for it in everything but its own description, default and merge semantics, so a walk need
/// not follow references itself.
/// </summary>
public sealed class Schema
{
    private readonly Lazy<Schema>? _target;

    public Schema() { }

    /// <param name="reference">The other schema's name.</param>
    /// <param name="resolve">Finds it, when it is first needed: types may contain themselves.</param>
    public Schema(string reference, Func<string, Schema> resolve)
    {
        Reference = reference;
        _target = new(() => resolve(reference));
    }

    /// <summary>Allows anything and knows nothing.</summary>
    public static Schema Any { get; } = new() { PreserveUnknownFields = true };

    /// <summary>The name in the catalog; empty for schemas inside others.</summary>
    public string Name { get => field.Length == 0 && _target is not null ? _target.Value.Name : field; init; } = "";

    /// <summary>The name of the schema this one refers to; null where it stands for itself.</summary>
    public string? Reference { get; }

    /// <summary>Only what stands here, not what the referred schema says.</summary>
    public string Description { get; init; } = "";

    /// <summary>The referred schema; itself where it refers to none.</summary>
    public Schema Target => _target?.Value ?? this;

    /// <summary><c>object</c>, <c>array</c>, <c>string</c>, <c>integer</c>, <c>number</c>, <c>boolean</c>; empty for any.</summary>
    public string Type { get => _target?.Value.Type ?? field; init; } = "";

    public string Format { get => _target?.Value.Format ?? field; init; } = "";

    public IReadOnlyDictionary<string, Schema> Properties { get => _target?.Value.Properties ?? field; init; } = new Dictionary<string, Schema>();

    public Schema? Items { get => _target?.Value.Items ?? field; init; }

    /// <summary>Of the values of a map; null where the fields are those of <see cref="Properties"/>.</summary>
    public Schema? AdditionalProperties { get => _target?.Value.AdditionalProperties ?? field; init; }

    public IReadOnlyList<string> Required { get => _target?.Value.Required ?? field; init; } = [];

    public bool PreserveUnknownFields { get => _target?.Value.PreserveUnknownFields ?? field; init; }

    public bool IntOrString { get => _target?.Value.IntOrString ?? field; init; }

    public bool EmbeddedResource { get => _target?.Value.EmbeddedResource ?? field; init; }

    public bool Nullable { get => field || (_target?.Value.Nullable ?? false); init; }

    public JsonNode? Default { get => field ?? _target?.Value.Default; init; }

    /// <summary><c>set</c>, <c>map</c>, <c>atomic</c>; null is atomic for server-side apply.</summary>
    public string? ListType { get => field ?? _target?.Value.ListType; init; }

    public IReadOnlyList<string> ListMapKeys { get => field.Count > 0 ? field : _target?.Value.ListMapKeys ?? []; init; } = [];

    /// <summary><c>granular</c> or <c>atomic</c>; null is granular.</summary>
    public string? MapType { get => field ?? _target?.Value.MapType; init; }

    /// <summary><c>merge</c>, <c>replace</c>, <c>retainKeys</c>, or several.</summary>
    public IReadOnlyList<string> PatchStrategies { get => field.Count > 0 ? field : _target?.Value.PatchStrategies ?? []; init; } = [];

    public string? PatchMergeKey { get => field ?? _target?.Value.PatchMergeKey; init; }

    /// <summary>What only CRDs use; null where the schema has none of it.</summary>
    public ValueRules? Rules { get => field ?? _target?.Value.Rules; init; }

    /// <summary>The kinds this schema stands for.</summary>
    public IReadOnlyList<Objects.GroupVersionKind> Kinds { get => _target?.Value.Kinds ?? field; init; } = [];

    /// <summary>The JSON the schema was read from, for what publishes it. Not to be changed.</summary>
    public JsonObject? Source { get; init; }

    public bool IsObject => Type == "object" || (Type.Length == 0 && (Properties.Count > 0 || AdditionalProperties is not null));

    public bool IsList => Type == "array" || (Type.Length == 0 && Items is not null);

    /// <summary>An object or list that server-side apply owns and replaces as a whole.</summary>
    public bool IsAtomic => IsList ? ListType is null or "atomic" : MapType == "atomic";

    /// <summary>The schema of a field of an object; null where the schema does not know the field.</summary>
    public Schema? Field(string name) =>
        Properties.TryGetValue(name, out var found) ? found : AdditionalProperties;
}

/// <summary>The limits on a value that OpenAPI v3 knows. Null, and empty, is no limit.</summary>
public sealed record ValueRules
{
    public decimal? Minimum { get; init; }

    public bool ExclusiveMinimum { get; init; }

    public decimal? Maximum { get; init; }

    public bool ExclusiveMaximum { get; init; }

    public decimal? MultipleOf { get; init; }

    public long? MinLength { get; init; }

    public long? MaxLength { get; init; }

    public string? Pattern { get; init; }

    public long? MinItems { get; init; }

    public long? MaxItems { get; init; }

    public bool UniqueItems { get; init; }

    public long? MinProperties { get; init; }

    public long? MaxProperties { get; init; }

    public IReadOnlyList<JsonNode?> Enum { get; init; } = [];

    public IReadOnlyList<Schema> AllOf { get; init; } = [];

    public IReadOnlyList<Schema> AnyOf { get; init; } = [];

    public IReadOnlyList<Schema> OneOf { get; init; } = [];

    public Schema? Not { get; init; }
}
