using System.Text.Json;
using Ballast.ApiMachinery.Objects;

namespace Ballast.ApiServer.Storage;

/// <summary>
/// Puts <c>metadata.resourceVersion</c> into an object's bytes, as metadata's first field, without reading the rest:
/// <c>{"metadata":{"name":"a"}}</c> at 7 becomes <c>{"metadata":{"resourceVersion":"7","name":"a"}}</c>.
/// </summary>
internal static class ResourceVersionText
{
    private const int MostDigits = 20;

    private static ReadOnlySpan<byte> Field => "\"resourceVersion\":\""u8;

    /// <summary>Into bytes as etcd has them, which have no version.</summary>
    /// <exception cref="JsonException">Not an object with metadata.</exception>
    public static byte[] Insert(ReadOnlySpan<byte> json, long version)
    {
        var at = MetadataStart(json);
        return Splice(json.TrimEnd("\n "u8), at, at, version);
    }

    /// <summary>Into bytes that came from <see cref="Insert"/>, in the place of the version they have.</summary>
    public static byte[] Replace(ReadOnlySpan<byte> json, long version)
    {
        var at = MetadataStart(json);
        if (!json[at..].StartsWith(Field))
            throw new JsonException("metadata does not start with resourceVersion");
        var rest = at + Field.Length;
        rest += json[rest..].IndexOf((byte)'"') + 1;
        if (json[rest] == (byte)',')
            rest++;
        return Splice(json, at, rest, version);
    }

    private static byte[] Splice(ReadOnlySpan<byte> json, int at, int rest, long version)
    {
        Span<byte> digits = stackalloc byte[MostDigits];
        version.TryFormat(digits, out var count);
        var isOnlyField = json[rest..].TrimStart(" \n\r\t"u8)[0] == (byte)'}';
        var result = GC.AllocateUninitializedArray<byte>(json.Length - (rest - at) + Field.Length + count + (isOnlyField ? 1 : 2));
        var output = result.AsSpan();
        output = Append(output, json[..at]);
        output = Append(output, Field);
        output = Append(output, digits[..count]);
        output = Append(output, isOnlyField ? "\""u8 : "\","u8);
        Append(output, json[rest..]);
        return result;
    }

    private static Span<byte> Append(Span<byte> output, scoped ReadOnlySpan<byte> part)
    {
        part.CopyTo(output);
        return output[part.Length..];
    }

    /// <summary>The position after the opening brace of the top-level <c>metadata</c>.</summary>
    private static int MetadataStart(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, JsonText.StoredReader);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            throw new JsonException("not a JSON object");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isMetadata = reader.ValueTextEquals("metadata"u8);
            reader.Read();
            if (isMetadata && reader.TokenType == JsonTokenType.StartObject)
                return (int)reader.BytesConsumed;
            reader.Skip();
        }
        throw new JsonException("an object without metadata");
    }
}
