using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.Yaml;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Ballast.ApiServer.Endpoints;

/// <summary>Writes YAML answers: keys sorted, strings quoted where they would be read as something else.</summary>
public static class YamlDocuments
{
    public static string Write(JsonNode document)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        var emitter = new Emitter(text, new EmitterSettings().WithMaxSimpleKeyLength(1024));
        emitter.Emit(new StreamStart());
        emitter.Emit(new DocumentStart(null, null, isImplicit: true));
        WriteNode(emitter, document);
        emitter.Emit(new DocumentEnd(isImplicit: true));
        emitter.Emit(new StreamEnd());
        return text.ToString();
    }

    private static void WriteNode(Emitter emitter, JsonNode? node)
    {
        switch (node)
        {
            case JsonObject map:
                emitter.Emit(new MappingStart(null, null, true, map.Count == 0 ? MappingStyle.Flow : MappingStyle.Block));
                foreach (var (key, value) in map.OrderBy(f => f.Key, StringComparer.Ordinal))
                {
                    emitter.Emit(Scalar(key));
                    WriteNode(emitter, value);
                }
                emitter.Emit(new MappingEnd());
                break;
            case JsonArray list:
                emitter.Emit(new SequenceStart(null, null, true, list.Count == 0 ? SequenceStyle.Flow : SequenceStyle.Block));
                foreach (var item in list)
                    WriteNode(emitter, item);
                emitter.Emit(new SequenceEnd());
                break;
            case JsonValue value when value.GetValueKind() == JsonValueKind.String:
                emitter.Emit(Scalar(value.GetValue<string>()));
                break;
            default:
                emitter.Emit(new Scalar(null, null, node?.ToJsonString() ?? "null", ScalarStyle.Plain, true, false));
                break;
        }
    }

    private static Scalar Scalar(string text)
    {
        var style = text.Contains('\n', StringComparison.Ordinal) ? ScalarStyle.Literal
            : ReadsAsString(text) ? ScalarStyle.Any : ScalarStyle.DoubleQuoted;
        return new(null, null, text, style, true, true);
    }

    private static bool ReadsAsString(string text)
    {
        if (text.Length == 0)
            return false;
        try
        {
            return YamlBody.Parse(text).Value is JsonValue value && value.GetValueKind() == JsonValueKind.String;
        }
        catch (StatusException)
        {
            return false;
        }
    }
}
