using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;

namespace Ballast.ApiMachinery.JsonPaths;

/// <summary>
/// A path into a document in kubectl's JSONPath, as printer columns and selectable fields use it: <c>.spec.replicas</c>, <c>.metadata.labels['a.b/c']</c>,
/// <c>.metadata.annotations.example\.com/x</c>, <c>.items[0]</c>, <c>.items[-1:]</c>, <c>.spec.*</c>, <c>..name</c>,
/// <c>.status.conditions[?(@.type=="Ready")].status</c>. Immutable.
/// </summary>
public sealed class JsonPath
{
    private readonly IReadOnlyList<PathStep> _steps;

    private JsonPath(string text, IReadOnlyList<PathStep> steps) => (Text, _steps) = (text, steps);

    /// <summary>As it was written.</summary>
    public string Text { get; }

    /// <exception cref="FormatException">What is wrong, for a person.</exception>
    public static JsonPath Parse(string text) => new(text, new JsonPathParser(text).Parse());

    public static bool TryParse(string text, [NotNullWhen(true)] out JsonPath? path, [NotNullWhen(false)] out string? error)
    {
        try
        {
            (path, error) = (Parse(text), null);
            return true;
        }
        catch (FormatException failure)
        {
            (path, error) = (null, failure.Message);
            return false;
        }
    }

    /// <summary>The fields' names where the path is nothing but fields, else null.</summary>
    public IReadOnlyList<string>? Fields =>
        _steps.All(s => s is FieldStep) ? [.. _steps.Cast<FieldStep>().Select(s => s.Name)] : null;

    /// <summary>Every value the path leads to, in the document's order; none where something on the way is missing. Nulls count.</summary>
    public IEnumerable<JsonNode?> Find(JsonNode? document)
    {
        IEnumerable<JsonNode?> found = [document];
        foreach (var step in _steps)
            found = found.SelectMany(step.From);
        return found;
    }

    public override string ToString() => Text;
}
