using System.Buffers;
using System.Text;
using Ballast.ApiServer.Storage;

namespace Ballast.ApiServer.Endpoints;

/// <summary>Objects as they are: the stored bytes, wherever the version allows.</summary>
internal sealed class FullView(ResourceScope scope) : IObjectView
{
    public bool IsStoredForm => scope.IsStoredForm;

    public void WriteObject(IBufferWriter<byte> output, StoredObject stored) => output.Write(scope.Encode(stored).Span);

    public void WriteListStart(IBufferWriter<byte> output, in ListMeta meta)
    {
        output.Text($"{{\"kind\":\"{scope.Definition.ListKind}\",\"apiVersion\":\"{scope.GroupVersion}\",\"metadata\":");
        output.ListMetadata(meta);
        output.Write(",\"items\":["u8);
    }

    public void WriteItem(IBufferWriter<byte> output, StoredObject stored, bool isFirst)
    {
        if (!isFirst)
            output.Write(","u8);
        output.Write(scope.Encode(stored).Span);
    }

    public void WriteListEnd(IBufferWriter<byte> output, in ListMeta meta) => output.Write("]}"u8);

    public void WriteWatched(IBufferWriter<byte> output, StoredObject stored) => output.Write(scope.Encode(stored).Span);

    public void WriteBookmark(IBufferWriter<byte> output, long version, bool initialEventsEnd)
    {
        output.Text($"{{\"kind\":\"{scope.Definition.Kind}\",\"apiVersion\":\"{scope.GroupVersion}\",\"metadata\":");
        output.BookmarkMetadata(version, initialEventsEnd);
        output.Write("}"u8);
    }
}

/// <summary>The pieces of JSON that all shapes share.</summary>
internal static class WirePieces
{
    extension(IBufferWriter<byte> output)
    {
        /// <summary>For text this server made, which holds nothing that JSON would escape.</summary>
        public void Text(string text) => Encoding.UTF8.GetBytes(text, output);

        public void ListMetadata(in ListMeta meta)
        {
            output.Text($"{{\"resourceVersion\":\"{meta.Version}\"");
            if (meta.Continue.Length > 0)
                output.Text($",\"continue\":\"{meta.Continue}\"");
            if (meta.Remaining is { } remaining)
                output.Text($",\"remainingItemCount\":{remaining}");
            output.Write("}"u8);
        }

        public void BookmarkMetadata(long version, bool initialEventsEnd)
        {
            output.Text($"{{\"resourceVersion\":\"{version}\"");
            if (initialEventsEnd)
                output.Write(",\"annotations\":{\"k8s.io/initial-events-end\":\"true\"}"u8);
            output.Write("}"u8);
        }
    }
}
