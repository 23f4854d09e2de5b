using System.Globalization;
using System.Text.Json.Nodes;

namespace Ballast.ApiMachinery.Patches;

/// <summary>RFC 6901: where in a document an operation works.</summary>
internal sealed class JsonPointer
{
    private readonly string[] _steps;

    private JsonPointer(string text, string[] steps) => (Text, _steps) = (text, steps);

    public string Text { get; }

    public bool IsRoot => _steps.Length == 0;

    /// <summary>The field's name or list's index, unescaped.</summary>
    public string Last => _steps[^1];

    /// <summary>Null where <paramref name="text"/> is no pointer.</summary>
    public static JsonPointer? TryParse(string text)
    {
        if (text.Length == 0)
            return new(text, []);
        if (text[0] != '/')
            return null;
        var steps = text[1..].Split('/');
        for (var i = 0; i < steps.Length; i++)
            steps[i] = steps[i].Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
        return new(text, steps);
    }

    /// <summary>The object or list that holds the pointed value; null where there is none.</summary>
    public JsonNode? Parent(JsonNode root)
    {
        JsonNode? at = root;
        foreach (var step in _steps.AsSpan(0, _steps.Length - 1))
            at = Child(at, step);
        return at is JsonObject or JsonArray ? at : null;
    }

    /// <summary>Is <paramref name="other"/> below this?</summary>
    public bool IsPrefixOf(JsonPointer other) =>
        other._steps.Length > _steps.Length && other._steps.AsSpan(0, _steps.Length).SequenceEqual(_steps);

    private static JsonNode? Child(JsonNode? at, string step) => at switch
    {
        JsonObject o => o[step],
        JsonArray a when int.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < a.Count => a[index],
        _ => null,
    };
}
