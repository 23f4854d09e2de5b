using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;

namespace Ballast.ApiMachinery.Protobuf;

/// <summary>
/// Objects in Kubernetes' protobuf form, as client-go's typed clients send them: four bytes <c>k8s\0</c>, then an envelope with the kind and the object. Decoded
/// into the document that the same client would have sent as JSON. Only what comes in: answers are JSON, which such clients take as well.
/// </summary>
public static class ProtobufObject
{
    public const string MediaType = "application/vnd.kubernetes.protobuf";

    private static ReadOnlySpan<byte> Magic => "k8s\0"u8;

    /// <exception cref="FormatException">Not in this form, or of a kind that has none here.</exception>
    public static JsonObject Decode(ReadOnlySpan<byte> bytes)
    {
        if (!bytes.StartsWith(Magic))
            throw new FormatException("provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]");
        var (apiVersion, kind, raw) = ReadEnvelope(bytes[Magic.Length..]);
        var message = MessageOf(GroupVersion.Parse(apiVersion), kind);
        var fields = ProtobufFields.Of(message) ?? throw new FormatException($"no kind \"{kind}\" is registered for version \"{apiVersion}\" in protobuf");
        var document = new JsonObject { ["kind"] = kind, ["apiVersion"] = apiVersion };
        ReadFields(raw, fields, document, 0);
        return document;
    }

    internal static string MessageOf(GroupVersion version, string kind) =>
        kind == "DeleteOptions" ? "meta.v1.DeleteOptions"
        : version.Group.Length == 0 ? $"core.{version.Version}.{kind}"
        : $"{version.Group.Split('.')[0]}.{version.Version}.{kind}";

    private static (string ApiVersion, string Kind, byte[] Raw) ReadEnvelope(ReadOnlySpan<byte> bytes)
    {
        var (apiVersion, kind) = ("", "");
        byte[] raw = [];
        var reader = new WireReader(bytes);
        while (reader.ReadTag())
        {
            switch (reader.Number)
            {
                case 1:
                    var type = new WireReader(reader.ReadBytes());
                    while (type.ReadTag())
                    {
                        if (type.Number == 1)
                            apiVersion = type.ReadText();
                        else if (type.Number == 2)
                            kind = type.ReadText();
                        else
                            type.Skip();
                    }
                    break;
                case 2:
                    raw = reader.ReadBytes().ToArray();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
        return (apiVersion, kind, raw);
    }

    private static void ReadFields(ReadOnlySpan<byte> bytes, FrozenDictionary<int, ProtobufField> fields, JsonObject into, int depth)
    {
        if (depth > JsonText.MaxDepth)
            throw new FormatException("protobuf: nested too deeply");
        var reader = new WireReader(bytes);
        while (reader.ReadTag())
        {
            // A field of a later version is dropped, as a JSON decoder drops one it does not know.
            if (!fields.TryGetValue(reader.Number, out var field))
                reader.Skip();
            else if (field.IsMap)
                ReadEntry(reader.ReadBytes(), field, into.ObjectAt(field.Name), depth);
            else if (field.IsList)
                ReadItem(ref reader, field, ListAt(into, field.Name), depth);
            else if (field is { Name.Length: 0 })
                ReadFields(reader.ReadBytes(), ProtobufFields.Of(field.Message)!, into, depth + 1);
            else if (ReadValue(ref reader, field, depth) is { } value && (field.KeepsZero || !IsZero(value)))
                into[field.Name] = value;
        }
    }

    private static void ReadEntry(ReadOnlySpan<byte> bytes, ProtobufField field, JsonObject map, int depth)
    {
        var key = "";
        JsonNode? value = null;
        var reader = new WireReader(bytes);
        while (reader.ReadTag())
        {
            if (reader.Number == 1)
                key = reader.ReadText();
            else if (reader.Number == 2)
                value = ReadValue(ref reader, field, depth);
            else
                reader.Skip();
        }
        map[key] = value ?? Missing(field);
    }

    private static void ReadItem(ref WireReader reader, ProtobufField field, JsonArray list, int depth)
    {
        if (field.Type == ProtobufType.Integer && reader.WireType == 2)
        {
            var packed = new WireReader(reader.ReadBytes());
            while (!packed.IsAtEnd)
                list.Add((JsonNode)(long)packed.ReadVarint());
            return;
        }
        list.Add(ReadValue(ref reader, field, depth));
    }

    private static JsonNode? ReadValue(ref WireReader reader, ProtobufField field, int depth)
    {
        switch (field.Type)
        {
            case ProtobufType.Text:
                return reader.ReadText();
            case ProtobufType.Bytes:
                return Convert.ToBase64String(reader.ReadBytes());
            case ProtobufType.Flag:
                return ReadInteger(ref reader) != 0;
            case ProtobufType.Integer:
                return ReadInteger(ref reader);
            case ProtobufType.Double:
                return reader.WireType == 1 ? reader.ReadDouble() : throw new FormatException($"protobuf: wrong wireType = {reader.WireType} for field {reader.Number}");
            default:
                var bytes = reader.ReadBytes();
                if (WellKnownMessages.TryRead(field.Message, bytes, out var known))
                    return known;
                var document = new JsonObject();
                ReadFields(bytes, ProtobufFields.Of(field.Message) ?? throw new FormatException($"protobuf: no fields are known of {field.Message}"), document, depth + 1);
                // Lists that stand in a message of their own, for protobuf cannot say a map of lists.
                return field.Message.EndsWith(".ExtraValue", StringComparison.Ordinal) ? document["items"]?.DeepClone() ?? new JsonArray() : document;
        }
    }

    private static long ReadInteger(ref WireReader reader) =>
        reader.WireType == 0 ? (long)reader.ReadVarint() : throw new FormatException($"protobuf: wrong wireType = {reader.WireType} for field {reader.Number}");

    private static JsonArray ListAt(JsonObject document, string field)
    {
        if (document[field] is JsonArray list)
            return list;
        var made = new JsonArray();
        document[field] = made;
        return made;
    }

    private static JsonNode? Missing(ProtobufField field) => field.Type switch
    {
        ProtobufType.Text or ProtobufType.Bytes => "",
        ProtobufType.Integer => 0L,
        ProtobufType.Flag => false,
        _ => new JsonObject(),
    };

    private static bool IsZero(JsonNode value) => value.GetValueKind() switch
    {
        JsonValueKind.String => value.GetValue<string>().Length == 0,
        JsonValueKind.False => true,
        JsonValueKind.Number => value.ToString() == "0",
        _ => false,
    };
}
