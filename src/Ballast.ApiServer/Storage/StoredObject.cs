using System.Text.Json;
using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;

namespace Ballast.ApiServer.Storage;

/// <summary>
/// One object at one revision: the bytes that go to every reader, made once, with <c>metadata.resourceVersion</c> in them.
/// Immutable and shared between requests.
/// </summary>
/// <param name="Key">Below the resource's prefix: <c>ns/name</c> or <c>name</c>.</param>
/// <param name="Version">The etcd revision of its last change.</param>
/// <param name="Json">UTF-8, compact, in the storage version.</param>
public sealed record StoredObject(string Key, long Version, ReadOnlyMemory<byte> Json)
{
    /// <summary>What selectors ask for; read from the bytes once, on first use.</summary>
    public ObjectAttributes Attributes => field ??= ObjectAttributes.Read(Json.Span);

    /// <summary>From a value as etcd has it.</summary>
    /// <exception cref="StorageException"><see cref="StorageError.Corrupt"/>.</exception>
    internal static StoredObject FromStored(string key, long version, ReadOnlySpan<byte> value)
    {
        try
        {
            return new StoredObject(key, version, ResourceVersionText.Insert(value, version));
        }
        catch (JsonException e)
        {
            throw new StorageException(StorageError.Corrupt, $"the value stored at {key} is not a JSON object: {e.Message}", e);
        }
    }

    /// <summary>The same content at a later revision.</summary>
    internal StoredObject AtVersion(long version) => new(Key, version, ResourceVersionText.Replace(Json.Span, version));

    /// <summary>A document of the caller's own.</summary>
    public JsonObject ToDocument() => JsonNode.Parse(Json.Span, null, JsonText.Stored)?.AsObject()
        ?? throw new JsonException($"the object stored at {Key} is not a JSON object");

    private sealed record Form(object Version, ReadOnlyMemory<byte> Json);

    private Form? _form;

    /// <summary>The object's bytes in another form, made once; where several forms are asked for, the last one is remembered.</summary>
    /// <param name="version">What the form belongs to.</param>
    /// <param name="make">Depends on the object and <paramref name="version"/> alone.</param>
    public ReadOnlyMemory<byte> FormFor(object version, Func<StoredObject, ReadOnlyMemory<byte>> make)
    {
        if (_form is { } known && ReferenceEquals(known.Version, version))
            return known.Json;
        var json = make(this);
        // Most often nothing differs: then there is no second copy.
        _form = new(version, json.Span.SequenceEqual(Json.Span) ? Json : json);
        return _form.Json;
    }

    private (object Definition, IReadOnlyDictionary<string, string> Values)? _fields;

    /// <summary>
    /// The values of the fields that <paramref name="definition"/> lets clients select by. Kept, so that a change is read once however many
    /// watchers select on it; where two definitions share the objects, the first to ask is the one remembered.
    /// </summary>
    public IReadOnlyDictionary<string, string> FieldsFor(object definition, Func<JsonObject, IReadOnlyDictionary<string, string>> read)
    {
        if (_fields is { } known && ReferenceEquals(known.Definition, definition))
            return known.Values;
        var values = read(ToDocument());
        _fields ??= (definition, values);
        return values;
    }
}
