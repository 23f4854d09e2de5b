using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Storage;

namespace Ballast.ApiServer.Registry;

/// <summary>
/// Reads and writes one resource with everything a client's write gets (defaults, admission, validation, generation, finalizers) but
/// authentication, flow control and authorization. The verbs of the HTTP endpoints end here, and so do the server's own writes.
/// Documents go in and come out in the storage version.
/// </summary>
/// <exception cref="StatusException">Every failure a client would see.</exception>
public interface IResourceStore
{
    ResourceDefinition Definition { get; }

    /// <summary>The objects' bytes: gets, lists and watches without a tree.</summary>
    IObjectStore Objects { get; }

    Task<StoredObject> CreateAsync(ResourceRequest request, JsonObject document, CancellationToken cancel);

    /// <summary>
    /// Reads the object, lets <paramref name="change"/> make the new one from a copy of it, writes it, and begins again where another write came
    /// between and the new document carries no resourceVersion of its own.
    /// </summary>
    /// <param name="request">Who, what.</param>
    /// <param name="change">Called once a try with a document it may change and return. Its resourceVersion, where set and different, makes the update conditional.
    /// Gets null where the object does not exist and the strategy allows creating it by update.</param>
    /// <param name="cancel">Ends the wait, not the write.</param>
    /// <returns>The object, and whether it was created.</returns>
    Task<(StoredObject Object, bool Created)> UpdateAsync(ResourceRequest request, Func<JsonObject?, JsonObject> change, CancellationToken cancel);

    /// <summary>Grace, finalizers, propagation policy and preconditions as <paramref name="options"/> ask.</summary>
    /// <returns>The object as it last was, and whether it is gone (else it waits for grace or finalizers).</returns>
    Task<(StoredObject Object, bool Gone)> DeleteAsync(ResourceRequest request, DeleteOptions options, CancellationToken cancel);
}

/// <summary><c>meta.k8s.io/v1</c> DeleteOptions.</summary>
public sealed record DeleteOptions
{
    public long? GracePeriodSeconds { get; init; }

    /// <summary><c>Orphan</c>, <c>Background</c>, <c>Foreground</c>; null for the kind's default.</summary>
    public string? PropagationPolicy { get; init; }

    public string? PreconditionUid { get; init; }

    public string? PreconditionResourceVersion { get; init; }
}

/// <summary>
/// The resources this server serves now, built-in and custom. Lookups read one immutable snapshot: cheap, and never half-changed. This is also how the server's own
/// parts (authorizers, admission, bootstrap) reach objects.
/// </summary>
public interface IResourceCatalog
{
    /// <summary>In discovery's order.</summary>
    IReadOnlyList<ResourceDefinition> Definitions { get; }

    /// <summary>The store of the preferred version, where a resource has one a version. Null where nothing of that name is served.</summary>
    IResourceStore? Find(GroupResource resource);

    /// <summary>Null where the resource is not served at that version.</summary>
    IResourceStore? Find(GroupVersionResource resource);
}
