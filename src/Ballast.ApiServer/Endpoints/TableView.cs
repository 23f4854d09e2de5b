using System.Buffers;
using System.Text.Json;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Registry;
using Ballast.ApiServer.Storage;

namespace Ballast.ApiServer.Endpoints;

/// <summary>What a row carries beside its cells (<c>?includeObject=</c>).</summary>
internal enum IncludeObject
{
    Metadata,
    None,
    Object,
}

/// <summary><c>meta.k8s.io</c> Table: the rows that <c>kubectl get</c> prints.</summary>
internal sealed class TableView(ResourceScope scope, string version, IncludeObject include, TimeProvider time) : IObjectView
{
    private readonly MetadataView _metadata = new(version);
    private readonly DateTimeOffset _now = time.GetUtcNow();
    private bool _columnsSent;

    public bool IsStoredForm => false;

    /// <exception cref="StatusException">BadRequest: not a value of the parameter.</exception>
    public static IncludeObject ParseInclude(string? text) => text switch
    {
        null or "" or "Metadata" => IncludeObject.Metadata,
        "None" => IncludeObject.None,
        "Object" => IncludeObject.Object,
        _ => throw StatusException.BadRequest($"unrecognized includeObject value: \"{text}\""),
    };

    public void WriteObject(IBufferWriter<byte> output, StoredObject stored)
    {
        var meta = new ListMeta(stored.Version, "", null);
        WriteListStart(output, meta);
        WriteItem(output, stored, isFirst: true);
        WriteListEnd(output, meta);
    }

    public void WriteListStart(IBufferWriter<byte> output, in ListMeta meta)
    {
        WriteHead(output);
        output.ListMetadata(meta);
        WriteColumns(output);
        output.Write(",\"rows\":["u8);
    }

    public void WriteItem(IBufferWriter<byte> output, StoredObject stored, bool isFirst)
    {
        if (!isFirst)
            output.Write(","u8);
        output.Write("{\"cells\":"u8);
        output.Write(Documents.Encode(scope.Version.Columns.Cells(scope.Decode(stored), _now)));
        if (include != IncludeObject.None)
        {
            output.Write(",\"object\":"u8);
            if (include == IncludeObject.Metadata)
                _metadata.WriteObject(output, stored);
            else
                output.Write(scope.Encode(stored).Span);
        }
        output.Write("}"u8);
    }

    public void WriteListEnd(IBufferWriter<byte> output, in ListMeta meta) => output.Write("]}"u8);

    public void WriteWatched(IBufferWriter<byte> output, StoredObject stored) => WriteObject(output, stored);

    public void WriteBookmark(IBufferWriter<byte> output, long bookmark, bool initialEventsEnd)
    {
        // The bookmark's annotation has no place in a list's metadata: it travels on an object without cells, as upstream sends it.
        WriteHead(output);
        output.Text($"{{\"resourceVersion\":\"{bookmark}\"}}");
        WriteColumns(output);
        output.Write(",\"rows\":["u8);
        if (initialEventsEnd)
        {
            output.Write("{\"cells\":"u8);
            output.Write(Documents.Encode(new System.Text.Json.Nodes.JsonArray([.. scope.Version.Columns.Columns.Select(_ => (System.Text.Json.Nodes.JsonNode?)null)])));
            output.Write(",\"object\":"u8);
            _metadata.WriteBookmark(output, bookmark, initialEventsEnd);
            output.Write("}"u8);
        }
        output.Write("]}"u8);
    }

    private void WriteHead(IBufferWriter<byte> output) =>
        output.Text($"{{\"kind\":\"Table\",\"apiVersion\":\"meta.k8s.io/{version}\",\"metadata\":");

    // A watch sends the columns once; every later event is only rows.
    private void WriteColumns(IBufferWriter<byte> output)
    {
        output.Write(",\"columnDefinitions\":"u8);
        if (_columnsSent)
        {
            output.Write("null"u8);
            return;
        }
        _columnsSent = true;
        using var writer = new Utf8JsonWriter(output, Documents.WriterOptions);
        writer.WriteStartArray();
        foreach (var column in scope.Version.Columns.Columns)
        {
            writer.WriteStartObject();
            writer.WriteString("name", column.Name);
            writer.WriteString("type", column.Type);
            writer.WriteString("format", column.Format);
            writer.WriteString("description", column.Description);
            writer.WriteNumber("priority", column.Priority);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }
}
