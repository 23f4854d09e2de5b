using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Validation;

namespace Ballast.ApiServer.Registry.Validation;

/// <summary>
/// A value of an object under validation, with its path and the list that its errors go to. A kind's validation walks down with the indexer and says of
/// each field what it must be: <c>spec["replicas"].NonNegative()</c>. A check on a value that is absent passes; <see cref="Required"/> asks for presence.
/// </summary>
internal readonly record struct Field(JsonNode? Value, FieldPath Path, List<FieldError> Errors)
{
    public static List<FieldError> Collect(JsonObject document, Action<Field> check)
    {
        var errors = new List<FieldError>();
        check(new(document, FieldPath.Root, errors));
        return errors;
    }

    public Field this[string child] => new((Value as JsonObject)?[child], Path.Child(child), Errors);

    public JsonObject? Object => Value as JsonObject;

    /// <summary>The empty string where it is absent.</summary>
    public string Text => Value is JsonValue value && value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : "";

    public long? Number => Value is JsonValue value && value.GetValueKind() == JsonValueKind.Number
        && long.TryParse(value.ToString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    public bool IsTrue => Value?.GetValueKind() == JsonValueKind.True;

    public bool IsPresent => Value is not null;

    /// <summary>Absent, or the empty string, list or map.</summary>
    public bool IsEmpty => Value switch
    {
        null => true,
        JsonArray list => list.Count == 0,
        JsonObject map => map.Count == 0,
        JsonValue value => value.GetValueKind() == JsonValueKind.String && value.GetValue<string>().Length == 0,
        _ => false,
    };

    /// <summary>The list's items, each with its index in the path.</summary>
    public IEnumerable<Field> Items
    {
        get
        {
            var (list, path, errors) = (Value as JsonArray, Path, Errors);
            return list is null ? [] : list.Select((item, i) => new Field(item, path.Index(i), errors));
        }
    }

    /// <summary>The map's entries, each with its key in the path.</summary>
    public IEnumerable<(string Key, Field Field)> Entries
    {
        get
        {
            var (map, path, errors) = (Value as JsonObject, Path, Errors);
            return map is null ? [] : map.Select(e => (e.Key, new Field(e.Value, path.Key(e.Key), errors)));
        }
    }

    /// <summary>The same value under another path, where upstream reports it so.</summary>
    public Field At(FieldPath path) => this with { Path = path };

    public void Add(FieldError error) => Errors.Add(error);

    public void Invalid(string detail) => Errors.Add(FieldError.Invalid(Path, Value, detail));

    public void Invalid(IEnumerable<string> details)
    {
        foreach (var detail in details)
            Invalid(detail);
    }

    /// <summary>Where the value itself would tell nothing: the error does not repeat it.</summary>
    public void InvalidAsAWhole(string detail) => Errors.Add(FieldError.Invalid(Path, detail));

    public void Forbidden(string detail) => Errors.Add(FieldError.Forbidden(Path, detail));

    public void Duplicate() => Errors.Add(FieldError.Duplicate(Path, Value));

    public void NotFound() => Errors.Add(FieldError.NotFound(Path, Value));

    public void Missing(string detail = "") => Errors.Add(FieldError.Required(Path, detail));

    /// <summary>True where it is there and not empty; else that is an error.</summary>
    public bool Required(string detail = "")
    {
        if (!IsEmpty)
            return true;
        Missing(detail);
        return false;
    }

    /// <summary>One of <paramref name="supported"/>, which the error lists in that order; absent and empty pass.</summary>
    public void OneOf(params string[] supported)
    {
        if (!IsEmpty && !supported.Contains(Text))
            Errors.Add(FieldError.NotSupported(Path, Value, supported));
    }

    /// <summary>As <see cref="OneOf"/>, and present.</summary>
    public void RequiredOneOf(params string[] supported)
    {
        if (Required())
            OneOf(supported);
    }

    public void NonNegative()
    {
        if (Number < 0)
            Invalid("must be greater than or equal to 0");
    }

    public void Positive()
    {
        if (Number <= 0)
            Invalid("must be greater than 0");
    }

    public void InRange(long min, long max)
    {
        if (Number is { } number && (number < min || number > max))
            Invalid(string.Create(CultureInfo.InvariantCulture, $"must be between {min} and {max}, inclusive"));
    }

    public void MaxLength(int bytes)
    {
        if (System.Text.Encoding.UTF8.GetByteCount(Text) > bytes)
            Errors.Add(FieldError.TooLong(Path, bytes));
    }

    public void MaxItems(int max)
    {
        if (Value is JsonArray list && list.Count > max)
            Errors.Add(FieldError.TooMany(Path, list.Count, max));
    }

    /// <summary>A map of at most <paramref name="max"/> entries.</summary>
    public void MaxEntries(int max)
    {
        if (Value is JsonObject map && map.Count > max)
            Errors.Add(FieldError.TooMany(Path, map.Count, max));
    }

    /// <summary>The same as <paramref name="old"/>, in the words upstream has for a field that never changes.</summary>
    public void Immutable(JsonNode? old, string detail = "field is immutable")
    {
        if (!JsonNode.DeepEquals(Value, old))
            Invalid(detail);
    }

    /// <summary>Each item, a text, stands once.</summary>
    public void UniqueTexts()
    {
        var seen = new HashSet<string>();
        foreach (var item in Items)
        {
            if (!seen.Add(item.Text))
                item.Duplicate();
        }
    }

    /// <summary>Each of the items' <paramref name="key"/> stands once.</summary>
    public void UniqueItems(string key)
    {
        var seen = new HashSet<string>();
        foreach (var item in Items.Select(i => i[key]).Where(k => !k.IsEmpty))
        {
            if (!seen.Add(item.Text))
                item.Duplicate();
        }
    }
}
