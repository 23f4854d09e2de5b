using System.Text.Json;
using Ballast.ApiMachinery.Objects;

namespace Ballast.ApiServer.Storage;

/// <summary>The parts of an object that requests select by, without a tree of the rest.</summary>
public sealed class ObjectAttributes
{
    private static readonly IReadOnlyDictionary<string, string> None = new Dictionary<string, string>();

    public string Name { get; private set; } = "";

    public string Namespace { get; private set; } = "";

    public string Uid { get; private set; } = "";

    public IReadOnlyDictionary<string, string> Labels { get; private set; } = None;

    internal static ObjectAttributes Read(ReadOnlySpan<byte> json)
    {
        var found = new ObjectAttributes();
        var reader = new Utf8JsonReader(json, JsonText.StoredReader);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isMetadata = reader.ValueTextEquals("metadata"u8);
            reader.Read();
            if (isMetadata && reader.TokenType == JsonTokenType.StartObject)
            {
                found.ReadMetadata(ref reader);
                break;
            }
            reader.Skip();
        }
        return found;
    }

    private void ReadMetadata(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("name"u8)) { reader.Read(); Name = reader.GetString() ?? ""; }
            else if (reader.ValueTextEquals("namespace"u8)) { reader.Read(); Namespace = reader.GetString() ?? ""; }
            else if (reader.ValueTextEquals("uid"u8)) { reader.Read(); Uid = reader.GetString() ?? ""; }
            else if (reader.ValueTextEquals("labels"u8)) { reader.Read(); ReadLabels(ref reader); }
            else { reader.Read(); reader.Skip(); }
        }
    }

    private void ReadLabels(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            return;
        var labels = new Dictionary<string, string>();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = reader.GetString()!;
            reader.Read();
            labels[key] = reader.TokenType == JsonTokenType.String ? reader.GetString()! : "";
            reader.Skip();
        }
        Labels = labels;
    }
}
