using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.Protobuf;
using Ballast.ApiMachinery.Schemas;
using Ballast.ApiMachinery.Yaml;
using Microsoft.AspNetCore.Http;

namespace Ballast.ApiServer.Endpoints;

/// <summary>A decoded body.</summary>
/// <param name="Document">The caller's own.</param>
/// <param name="Duplicates">A sentence for each field that stood more than once; the last one counts.</param>
public sealed record DecodedBody(JsonNode? Document, IReadOnlyCollection<string> Duplicates);

public enum BodyFormat
{
    Json,
    Yaml,
    Protobuf,
}

/// <summary>Reads request bodies: bounded in size and depth; JSON, YAML or protobuf.</summary>
public static class RequestBody
{
    public const int Limit = 3 * 1024 * 1024;

    /// <exception cref="StatusException">RequestEntityTooLarge.</exception>
    public static async ValueTask<ReadOnlyMemory<byte>> ReadAsync(HttpRequest request, CancellationToken cancel)
    {
        if (request.ContentLength > Limit)
            throw TooLarge();
        var reader = request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync(cancel);
            if (read.Buffer.Length > Limit)
            {
                // Given back, so that the server can read on to the request's end.
                reader.AdvanceTo(read.Buffer.End);
                throw TooLarge();
            }
            if (read.IsCompleted)
            {
                var body = read.Buffer.ToArray();
                reader.AdvanceTo(read.Buffer.End);
                return body;
            }
            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    /// <exception cref="FormatException">Not JSON, or not protobuf.</exception>
    /// <exception cref="StatusException">Not YAML.</exception>
    public static DecodedBody Decode(ReadOnlyMemory<byte> body, BodyFormat format)
    {
        switch (format)
        {
            case BodyFormat.Yaml:
                var yaml = YamlBody.Parse(Utf8(body.Span));
                return new(yaml.Value, yaml.Duplicates);
            case BodyFormat.Protobuf:
                return new(ProtobufObject.Decode(body.Span), []);
        }
        try
        {
            JsonText.CheckUnicode(body.Span);
            return new(JsonNode.Parse(body.Span, null, JsonText.Sent), []);
        }
        catch (JsonException failure)
        {
            // Bodies with a field twice are rare: only they are read a second time.
            return TryKeepTheLast(body.Span) ?? throw new FormatException(JsonSyntax.FirstError(body.Span) ?? failure.Message, failure);
        }
    }

    /// <summary>Null where something else than a field that stands twice is wrong.</summary>
    private static DecodedBody? TryKeepTheLast(ReadOnlySpan<byte> json)
    {
        try
        {
            var duplicates = DuplicateFields.Find(json);
            if (duplicates.Count == 0)
                return null;
            var reader = new Utf8JsonReader(json, JsonText.SentReader);
            reader.Read();
            var document = ReadNode(ref reader);
            return reader.Read() ? null : new(document, duplicates);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static JsonNode? ReadNode(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                var map = new JsonObject();
                while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                {
                    var name = reader.GetString()!;
                    reader.Read();
                    map[name] = ReadNode(ref reader);
                }
                return map;
            case JsonTokenType.StartArray:
                var list = new JsonArray();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                    list.Add(ReadNode(ref reader));
                return list;
            case JsonTokenType.Null:
                return null;
            default:
                return JsonNode.Parse(ref reader);
        }
    }

    private static string Utf8(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes);
        }
        catch (DecoderFallbackException failure)
        {
            throw new FormatException("error converting YAML to JSON: yaml: invalid UTF-8", failure);
        }
    }

    private static StatusException TooLarge() => StatusException.RequestEntityTooLarge($"Request entity too large: limit is {Limit}");
}
