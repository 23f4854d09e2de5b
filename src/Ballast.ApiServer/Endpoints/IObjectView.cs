using System.Buffers;
using Ballast.ApiServer.Storage;

namespace Ballast.ApiServer.Endpoints;

/// <param name="Version">The list's resourceVersion.</param>
/// <param name="Continue">Empty on the last page.</param>
/// <param name="Remaining">Null where it is not known.</param>
internal readonly record struct ListMeta(long Version, string Continue, long? Remaining);

/// <summary>
/// The shape a client asked for. Writes JSON, and nothing between its calls: a list is Start, Items, End. One instance serves one request.
/// </summary>
internal interface IObjectView
{
    /// <summary>True where a list's items are stored bytes, so that its size is known before it is written.</summary>
    bool IsStoredForm { get; }

    void WriteObject(IBufferWriter<byte> output, StoredObject stored);

    void WriteListStart(IBufferWriter<byte> output, in ListMeta meta);

    void WriteItem(IBufferWriter<byte> output, StoredObject stored, bool isFirst);

    void WriteListEnd(IBufferWriter<byte> output, in ListMeta meta);

    /// <summary>The <c>object</c> of a watch event.</summary>
    void WriteWatched(IBufferWriter<byte> output, StoredObject stored);

    /// <summary>The <c>object</c> of a bookmark: a resourceVersion, and the annotation that ends the initial events.</summary>
    void WriteBookmark(IBufferWriter<byte> output, long version, bool initialEventsEnd);
}
