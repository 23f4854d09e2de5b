using System.Globalization;
using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Ballast.ApiMachinery.Yaml;

/// <summary>
/// A YAML document as JSON, by the rules of upstream's <c>sigs.k8s.io/yaml</c>: YAML 1.1's words for true and false, keys of any scalar type as
/// strings, the last of several equal keys (which are named in <see cref="Duplicates"/>: strict field validation refuses them).
/// </summary>
/// <param name="Value">Null for an empty document.</param>
/// <param name="Duplicates">In upstream's words: <c>line 4: key "replicas" already set in map</c>.</param>
public sealed record YamlBody(JsonNode? Value, IReadOnlyList<string> Duplicates)
{
    /// <summary>Reads the first document of <paramref name="text"/>.</summary>
    /// <exception cref="StatusException">BadRequest for what is not YAML, too deep, or too large once its aliases are followed.</exception>
    public static YamlBody Parse(string text)
    {
        try
        {
            return new Reader(text).Read();
        }
        catch (YamlException error)
        {
            throw Failed(error.Start.Line, error.InnerException?.Message ?? error.Message);
        }
        catch (Exception broken) when (broken is InvalidOperationException or ArgumentException)
        {
            // The parser has no name for some broken texts, tags that are no URIs among them.
            throw Failed(0, "did not find expected node content");
        }
    }

    private static StatusException Failed(long line, string what) =>
        StatusException.BadRequest(string.Create(CultureInfo.InvariantCulture, $"error converting YAML to JSON: yaml: line {line}: {what}"));

    private sealed class Reader(string text)
    {
        // Aliases of aliases grow without end; no honest object has this many values.
        private const int MaxValues = 500_000;

        private readonly Parser _parser = new(new StringReader(text));
        private readonly Dictionary<AnchorName, JsonNode?> _anchors = [];
        private readonly List<string> _duplicates = [];
        private int _values;

        public YamlBody Read()
        {
            _ = _parser.Consume<StreamStart>();
            if (!_parser.TryConsume<DocumentStart>(out _))
                return new(null, []);
            var value = ReadValue(0);
            return new(value, _duplicates);
        }

        private JsonNode? ReadValue(int depth)
        {
            if (depth > JsonText.MaxDepth)
                throw Failed(_parser.Current!.Start.Line, "exceeded max depth");
            Count(1);
            if (_parser.TryConsume<AnchorAlias>(out var alias))
                return Followed(alias);
            var anchor = (_parser.Current as NodeEvent)?.Anchor ?? AnchorName.Empty;
            JsonNode? value;
            if (_parser.TryConsume<Scalar>(out var scalar))
                value = YamlScalar.Resolve(scalar);
            else if (_parser.TryConsume<SequenceStart>(out _))
                value = ReadList(depth);
            else
                value = ReadMap(depth);
            if (!anchor.IsEmpty)
                _anchors[anchor] = value?.DeepClone();
            return value;
        }

        private JsonArray ReadList(int depth)
        {
            var list = new JsonArray();
            while (!_parser.TryConsume<SequenceEnd>(out _))
                list.Add(ReadValue(depth + 1));
            return list;
        }

        private JsonObject ReadMap(int depth)
        {
            _ = _parser.Consume<MappingStart>();
            var map = new JsonObject();
            List<JsonNode?> merged = [];
            while (!_parser.TryConsume<MappingEnd>(out _))
            {
                var line = _parser.Current!.Start.Line;
                var isPlain = _parser.Current is Scalar { Style: ScalarStyle.Plain };
                var key = Key(ReadValue(depth + 1), line);
                var value = ReadValue(depth + 1);
                if (key == "<<" && isPlain)
                {
                    merged.Add(value);
                    continue;
                }
                if (map.ContainsKey(key))
                    _duplicates.Add(string.Create(CultureInfo.InvariantCulture, $"line {line}: key \"{key}\" already set in map"));
                map[key] = value;
            }
            foreach (var from in merged)
                Merge(map, from);
            return map;
        }

        // What the map says itself goes before what it merges in.
        private void Merge(JsonObject map, JsonNode? from)
        {
            switch (from)
            {
                case JsonObject other:
                    foreach (var (key, value) in other)
                    {
                        if (!map.ContainsKey(key))
                            map[key] = value?.DeepClone();
                    }
                    break;
                case JsonArray list:
                    foreach (var item in list)
                        Merge(map, item);
                    break;
                default:
                    throw Failed(_parser.Current?.Start.Line ?? 0, "map merge requires map or sequence of maps as the value");
            }
        }

        private JsonNode? Followed(AnchorAlias alias)
        {
            if (!_anchors.TryGetValue(alias.Value, out var value))
                throw Failed(alias.Start.Line, $"unknown anchor '{alias.Value}' referenced");
            Count(Size(value));
            return value?.DeepClone();
        }

        private void Count(int values)
        {
            _values += values;
            if (_values > MaxValues)
                throw Failed(_parser.Current?.Start.Line ?? 0, "document contains excessive aliasing");
        }

        private static int Size(JsonNode? node) => node switch
        {
            JsonObject map => 1 + map.Sum(p => Size(p.Value)),
            JsonArray list => 1 + list.Sum(Size),
            _ => 1,
        };

        private static string Key(JsonNode? key, long line) => key switch
        {
            null => "null",
            JsonValue value => value.ToString(),
            _ => throw Failed(line, "invalid map key: only scalars can be keys"),
        };
    }
}
