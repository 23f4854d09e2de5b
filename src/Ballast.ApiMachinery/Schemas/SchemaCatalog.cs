using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;

namespace Ballast.ApiMachinery.Schemas;

/// <summary>
/// The schemas of the built-in types, by upstream's names (<c>io.k8s.api.apps.v1.Deployment</c>). Made at build time; at run time only the list of
/// names is read at once, a type when it is first asked for.
/// </summary>
public sealed class SchemaCatalog
{
    private static readonly Lazy<SchemaCatalog> Loaded = new(Load);

    private readonly Dictionary<string, (int Offset, int Length)> _segments = [];
    private readonly Dictionary<GroupVersionKind, string> _kinds = [];
    private readonly ConcurrentDictionary<string, Schema> _schemas = new();

    private SchemaCatalog() { }

    public static SchemaCatalog BuiltIn => Loaded.Value;

    /// <summary>What every object's <c>metadata</c> is.</summary>
    public static Schema ObjectMeta => BuiltIn["io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"];

    public IEnumerable<string> Names => _segments.Keys;

    /// <exception cref="KeyNotFoundException">No built-in type has that name.</exception>
    public Schema this[string name] => TryGet(name, out var schema) ? schema : throw new KeyNotFoundException($"no schema {name}");

    public bool TryGet(string name, [NotNullWhen(true)] out Schema? schema)
    {
        if (_schemas.TryGetValue(name, out schema))
            return true;
        if (!_segments.TryGetValue(name, out var segment))
            return false;
        schema = _schemas.GetOrAdd(name, static (key, at) => at.Catalog.Read(key, at.Segment), (Catalog: this, Segment: segment));
        return true;
    }

    /// <summary>The schema of a kind; null where the kind is not built in.</summary>
    public Schema? Find(GroupVersionKind kind) => NameOf(kind) is { } name ? this[name] : null;

    /// <summary>The name of a kind's schema; null where the kind is not built in.</summary>
    public string? NameOf(GroupVersionKind kind) => _kinds.GetValueOrDefault(kind);

    private Schema Read(string name, (int Offset, int Length) segment)
    {
        using var file = Open();
        file.Position = segment.Offset;
        var text = new byte[segment.Length];
        file.ReadExactly(text);
        return SchemaReader.Read(JsonNode.Parse(text)!.AsObject(), name, other => this[other]);
    }

    private static SchemaCatalog Load()
    {
        var catalog = new SchemaCatalog();
        using var file = Open();
        using var reader = new BinaryReader(file);
        var entries = new (string Name, string Kind, int Length)[reader.ReadInt32()];
        for (var i = 0; i < entries.Length; i++)
            entries[i] = (reader.ReadString(), reader.ReadString(), reader.ReadInt32());
        var offset = (int)file.Position;
        foreach (var (name, kind, length) in entries)
        {
            catalog._segments.Add(name, (offset, length));
            offset += length;
            if (kind.Split('|') is [var group, var version, var kindName])
                catalog._kinds.Add(new(group, version, kindName), name);
        }
        return catalog;
    }

    private static Stream Open() =>
        typeof(SchemaCatalog).Assembly.GetManifestResourceStream("schemas.bin") ?? throw new InvalidOperationException("this build has no schemas");
}
