using System.Buffers;
using System.Text.Json;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Storage;

namespace Ballast.ApiServer.Endpoints;

/// <summary><c>PartialObjectMetadata</c>: each object's metadata, cut from its bytes.</summary>
/// <param name="version">Of <c>meta.k8s.io</c>.</param>
internal sealed class MetadataView(string version) : IObjectView
{
    public bool IsStoredForm => false;

    public void WriteObject(IBufferWriter<byte> output, StoredObject stored)
    {
        output.Text($"{{\"kind\":\"PartialObjectMetadata\",\"apiVersion\":\"meta.k8s.io/{version}\",\"metadata\":");
        output.Write(MetadataOf(stored.Json.Span));
        output.Write("}"u8);
    }

    public void WriteListStart(IBufferWriter<byte> output, in ListMeta meta)
    {
        output.Text($"{{\"kind\":\"PartialObjectMetadataList\",\"apiVersion\":\"meta.k8s.io/{version}\",\"metadata\":");
        output.ListMetadata(meta);
        output.Write(",\"items\":["u8);
    }

    public void WriteItem(IBufferWriter<byte> output, StoredObject stored, bool isFirst)
    {
        if (!isFirst)
            output.Write(","u8);
        WriteObject(output, stored);
    }

    public void WriteListEnd(IBufferWriter<byte> output, in ListMeta meta) => output.Write("]}"u8);

    public void WriteWatched(IBufferWriter<byte> output, StoredObject stored) => WriteObject(output, stored);

    public void WriteBookmark(IBufferWriter<byte> output, long bookmark, bool initialEventsEnd)
    {
        output.Text($"{{\"kind\":\"PartialObjectMetadata\",\"apiVersion\":\"meta.k8s.io/{version}\",\"metadata\":");
        output.BookmarkMetadata(bookmark, initialEventsEnd);
        output.Write("}"u8);
    }

    /// <summary>The bytes of the object's <c>metadata</c>; an empty object where it has none.</summary>
    internal static ReadOnlySpan<byte> MetadataOf(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, JsonText.StoredReader);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var found = reader.ValueTextEquals("metadata"u8);
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            if (found)
                return json[start..(int)reader.BytesConsumed];
        }
        return "{}"u8;
    }
}
