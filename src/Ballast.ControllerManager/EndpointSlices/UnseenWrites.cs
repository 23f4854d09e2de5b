using System.Collections.Concurrent;
using System.Globalization;
using Ballast.Client;
using Ballast.Client.Informers;
using k8s.Models;

namespace Ballast.ControllerManager.EndpointSlices;

/// <summary>
/// The slices that were written and have not come back through the watch. Until they have, the cache is behind, and planning on it
/// would write the same endpoints twice. Thread-safe.
/// </summary>
internal sealed class UnseenWrites(Store<V1EndpointSlice> store, TimeProvider time)
{
    /// <summary>A slice that was deleted at once, or a watch that broke, must not hold up its service for ever.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<ObjectKey, (long Version, long At)> _writes = [];

    public void Wrote(V1EndpointSlice written)
    {
        _writes[ObjectKey.Of(written)] = (VersionOf(written), time.GetTimestamp());
        if (store.Get(ObjectKey.Of(written)) is { } known)
            Saw(known); // the watch was faster than the answer
    }

    /// <returns>True where it is what was written, or newer.</returns>
    public bool Saw(V1EndpointSlice slice)
    {
        var key = ObjectKey.Of(slice);
        return _writes.TryGetValue(key, out var write) && VersionOf(slice) >= write.Version && _writes.TryRemove(KeyValuePair.Create(key, write));
    }

    /// <summary>True while any slice of the service is outstanding. Slices are named after their service, with a part that the server adds.</summary>
    public bool AnyOf(ObjectKey service) => _writes.Any(w =>
        w.Key.Namespace == service.Namespace && w.Key.Name.StartsWith(service.Name + "-", StringComparison.Ordinal) && time.GetElapsedTime(w.Value.At) < Patience);

    private static long VersionOf(V1EndpointSlice slice) =>
        long.TryParse(slice.Metadata.ResourceVersion, NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : long.MaxValue;
}
