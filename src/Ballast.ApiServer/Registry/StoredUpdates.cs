using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Storage;

namespace Ballast.ApiServer.Registry;

/// <summary>Writes of the server's own that are no client's update: a binding, an allocation. No strategy or admission sees them.</summary>
internal static class StoredUpdates
{
    /// <summary>Reads the object, lets <paramref name="change"/> alter it, and writes it; again, with the newer object, where another write came between.</summary>
    /// <param name="store">The resource's objects.</param>
    /// <param name="key">Which one.</param>
    /// <param name="change">Called once a try, with null where the object does not exist; throws to refuse.</param>
    /// <param name="dryRun">Do not write.</param>
    /// <param name="cancel">Ends the wait, not the write.</param>
    public static async Task<JsonObject> GuaranteedUpdateAsync(
        this IObjectStore store, string key, Func<JsonObject?, JsonObject> change, bool dryRun, CancellationToken cancel)
    {
        var current = await store.GetAsync(key, ReadConsistency.Linearizable, cancel).ConfigureAwait(false);
        while (true)
        {
            var document = change(current?.ToDocument());
            if (dryRun)
                return document;
            try
            {
                var stored = current is null
                    ? await store.CreateAsync(key, Encode(document), null, cancel).ConfigureAwait(false)
                    : await store.UpdateAsync(key, current.Version, Encode(document), null, cancel).ConfigureAwait(false);
                return stored.ToDocument();
            }
            catch (StorageException lost) when (lost.Error is StorageError.Conflict or StorageError.KeyExists or StorageError.NotFound)
            {
                current = lost.Current ?? await store.GetAsync(key, ReadConsistency.Linearizable, cancel).ConfigureAwait(false);
            }
        }
    }

    /// <summary>The bytes to store: without the resourceVersion, which the store puts in.</summary>
    public static ReadOnlyMemory<byte> Encode(JsonObject document)
    {
        document.MetadataOrNull?.Remove("resourceVersion");
        return Documents.Encode(document);
    }
}
