using System.Globalization;
using System.Text;
using System.Text.Json;
using Ballast.ApiMachinery.Objects;

namespace Ballast.ApiMachinery.Schemas;

/// <summary>Fields that stand twice in one object of a JSON text. A document tree cannot tell: it has kept the last.</summary>
public static class DuplicateFields
{
    /// <summary>One sentence a field, in the order found: <c>duplicate field "spec.replicas"</c>. Text that is not JSON is for its decoder to name.</summary>
    /// <exception cref="JsonException">Not JSON.</exception>
    public static IReadOnlyList<string> Find(ReadOnlySpan<byte> utf8)
    {
        List<string> found = [];
        var levels = new Stack<Level>();
        var reader = new Utf8JsonReader(utf8, JsonText.SentReader);
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject or JsonTokenType.StartArray:
                    if (levels.TryPeek(out var outer))
                        outer.Index++;
                    levels.Push(new() { IsList = reader.TokenType == JsonTokenType.StartArray });
                    break;
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    _ = levels.Pop();
                    break;
                case JsonTokenType.PropertyName:
                    var level = levels.Peek();
                    level.Field = reader.GetString()!;
                    if (!level.Fields.Add(level.Field))
                        found.Add($"duplicate field \"{Path(levels)}\"");
                    break;
                default:
                    if (levels.TryPeek(out var list))
                        list.Index++;
                    break;
            }
        }
        return found;
    }

    private static string Path(Stack<Level> levels)
    {
        var path = new StringBuilder();
        foreach (var level in levels.Reverse())
        {
            if (level.IsList)
                _ = path.Append(CultureInfo.InvariantCulture, $"[{level.Index}]");
            else
                _ = path.Append(path.Length == 0 ? "" : ".").Append(level.Field);
        }
        return path.ToString();
    }

    private sealed class Level
    {
        public bool IsList { get; init; }

        public HashSet<string> Fields => field ??= [];

        public string Field { get; set; } = "";

        public int Index { get; set; } = -1;
    }
}
