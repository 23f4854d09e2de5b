using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;

namespace Ballast.ApiServer.Registry;

/// <summary>JSON as this server writes it: compact, with no more escapes than JSON needs.</summary>
public static class Documents
{
    public static JsonWriterOptions WriterOptions { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true, MaxDepth = JsonText.StoredDepth };

    [ThreadStatic]
    private static (ArrayBufferWriter<byte> Buffer, Utf8JsonWriter Writer)? _scratch;

    public static byte[] Encode(JsonNode document)
    {
        var (buffer, writer) = _scratch ??= MakeScratch();
        try
        {
            document.WriteTo(writer);
            writer.Flush();
            return buffer.WrittenSpan.ToArray();
        }
        finally
        {
            // A buffer that one large object has grown is not kept for ever.
            if (buffer.Capacity > 1 << 20)
                _scratch = null;
            buffer.ResetWrittenCount();
            writer.Reset();
        }
    }

    private static (ArrayBufferWriter<byte>, Utf8JsonWriter) MakeScratch()
    {
        var buffer = new ArrayBufferWriter<byte>(4096);
        return (buffer, new Utf8JsonWriter(buffer, WriterOptions));
    }
}
