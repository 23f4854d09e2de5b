using System.Globalization;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text;
using Ballast.ApiMachinery.Objects;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace Ballast.Client;

/// <summary>
/// The API's verbs on one kind. An object names its own namespace; where only a name is given, the namespace comes with it
/// (null or empty for cluster-scoped kinds). Objects that come back carry <c>apiVersion</c> and <c>kind</c>, in lists too.
/// </summary>
public sealed class ResourceClient<T> where T : class, IKubernetesObject<V1ObjectMeta>
{
    private const string JsonAccept = "application/json";
    private const string MetadataAccept = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
    private const string MetadataListAccept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

    private readonly ApiClient _api;
    private readonly GroupVersionKind? _kind;
    private readonly string _root;

    internal ResourceClient(ApiClient api, GroupVersionResource resource, GroupVersionKind? kind)
    {
        _api = api;
        _kind = kind;
        Resource = resource;
        _root = resource.Group.Length == 0 ? $"api/{resource.Version}" : $"apis/{resource.Group}/{resource.Version}";
    }

    public GroupVersionResource Resource { get; }

    public Task<T> GetAsync(string? ns, string name, CancellationToken cancel) =>
        ReadAsync<T>(HttpMethod.Get, Path(ns, name), null, Accept, cancel);

    /// <summary>As <see cref="GetAsync"/>, and null where there is none.</summary>
    public async Task<T?> FindAsync(string? ns, string name, CancellationToken cancel)
    {
        try
        {
            return await GetAsync(ns, name, cancel);
        }
        catch (HttpOperationException e) when (e.IsNotFound)
        {
            return null;
        }
    }

    /// <summary>Everything in scope, as of now (a consistent read).</summary>
    public async Task<ResourceList<T>> ListAsync(ListScope scope, CancellationToken cancel)
    {
        var list = await ReadAsync<ResourceList<T>>(HttpMethod.Get, Path(scope.Namespace) + Query(scope), null,
            IsMetadataOnly ? MetadataListAccept : JsonAccept, cancel);
        foreach (var item in list.Items)
            Identify(item);
        return list;
    }

    /// <summary>
    /// The changes after <paramref name="resourceVersion"/>, with bookmarks. Ends when the server ends it, at
    /// <paramref name="timeout"/> at the latest: start again from the last version seen.
    /// </summary>
    /// <exception cref="WatchExpiredException">The version is too old: list again.</exception>
    public async IAsyncEnumerable<WatchEvent<T>> WatchAsync(
        ListScope scope, string resourceVersion, TimeSpan timeout, [EnumeratorCancellation] CancellationToken cancel)
    {
        var query = string.Create(CultureInfo.InvariantCulture,
            $"watch=true&allowWatchBookmarks=true&resourceVersion={resourceVersion}&timeoutSeconds={(int)timeout.TotalSeconds}");
        HttpResponseMessage response;
        try
        {
            response = await _api.SendAsync(HttpMethod.Get, Path(scope.Namespace) + Query(scope, query), null, Accept, cancel);
        }
        catch (HttpOperationException e) when (e.IsGone)
        {
            throw new WatchExpiredException(e.Words);
        }
        using (response)
        {
            await using var body = await response.Content.ReadAsStreamAsync(cancel);
            await foreach (var frame in WatchStream.ReadAsync<T>(body, cancel))
            {
                Identify(frame.Object);
                yield return frame;
            }
        }
    }

    public Task<T> CreateAsync(T item, CancellationToken cancel) =>
        ReadAsync<T>(HttpMethod.Post, Path(item.Metadata.NamespaceProperty), Json.Content(Identify(item)), JsonAccept, cancel);

    /// <summary>Replaces the object; refused with a conflict where its resourceVersion is no longer the current one.</summary>
    public Task<T> UpdateAsync(T item, CancellationToken cancel) =>
        ReadAsync<T>(HttpMethod.Put, Path(item.Metadata.NamespaceProperty, item.Metadata.Name), Json.Content(Identify(item)), JsonAccept, cancel);

    /// <summary>Replaces the object's status and nothing else of it.</summary>
    public Task<T> UpdateStatusAsync(T item, CancellationToken cancel) => UpdateAsync(item, "status", cancel);

    public Task<T> UpdateAsync(T item, string subresource, CancellationToken cancel) =>
        ReadAsync<T>(HttpMethod.Put, Path(item.Metadata.NamespaceProperty, item.Metadata.Name) + "/" + subresource, Json.Content(Identify(item)), JsonAccept, cancel);

    /// <summary>A JSON merge patch: lists are replaced whole, null removes a field.</summary>
    public Task<T> MergePatchAsync(string? ns, string name, object patch, CancellationToken cancel, string? subresource = null) =>
        PatchAsync(ns, name, subresource, patch, Json.MergePatch, cancel);

    /// <summary>A strategic merge patch; built-in kinds only.</summary>
    public Task<T> StrategicMergePatchAsync(string? ns, string name, object patch, CancellationToken cancel, string? subresource = null) =>
        PatchAsync(ns, name, subresource, patch, Json.StrategicMergePatch, cancel);

    public Task<T> JsonPatchAsync(string? ns, string name, object patch, CancellationToken cancel, string? subresource = null) =>
        PatchAsync(ns, name, subresource, patch, Json.JsonPatch, cancel);

    /// <summary>Asks for deletion; the object may stay until its finalizers and its grace period are done with.</summary>
    public async Task DeleteAsync(string? ns, string name, V1DeleteOptions? options, CancellationToken cancel)
    {
        using var response = await _api.SendAsync(HttpMethod.Delete, Path(ns, name), Body(options), JsonAccept, cancel);
    }

    /// <summary>As <see cref="DeleteAsync"/>; false where the object was gone already, or is not the one with <paramref name="uid"/>.</summary>
    public async Task<bool> TryDeleteAsync(string? ns, string name, string uid, CancellationToken cancel, string? propagationPolicy = null)
    {
        try
        {
            await DeleteAsync(ns, name, new() { Preconditions = new() { Uid = uid }, PropagationPolicy = propagationPolicy }, cancel);
            return true;
        }
        catch (HttpOperationException e) when (e.IsNotFound || e.IsConflict)
        {
            return false;
        }
    }

    public async Task DeleteCollectionAsync(ListScope scope, V1DeleteOptions? options, CancellationToken cancel)
    {
        using var response = await _api.SendAsync(HttpMethod.Delete, Path(scope.Namespace) + Query(scope), Body(options), JsonAccept, cancel);
    }

    /// <summary>POSTs to a subresource that takes an object of another kind (binding, eviction) and answers with a Status.</summary>
    public async Task PostAsync(string ns, string name, string subresource, object body, CancellationToken cancel)
    {
        using var response = await _api.SendAsync(HttpMethod.Post, Path(ns, name) + "/" + subresource, Json.Content(body), JsonAccept, cancel);
    }

    /// <summary>As above, where the answer is an object (a token request).</summary>
    public Task<TAnswer> PostAsync<TAnswer>(string ns, string name, string subresource, object body, CancellationToken cancel) =>
        ReadAsync<TAnswer>(HttpMethod.Post, Path(ns, name) + "/" + subresource, Json.Content(body), JsonAccept, cancel);

    private bool IsMetadataOnly => typeof(T) == typeof(PartialObjectMetadata);

    private string Accept => IsMetadataOnly ? MetadataAccept : JsonAccept;

    private Task<T> PatchAsync(string? ns, string name, string? subresource, object patch, MediaTypeHeaderValue type, CancellationToken cancel) =>
        ReadAsync<T>(HttpMethod.Patch, subresource is null ? Path(ns, name) : Path(ns, name) + "/" + subresource,
            Json.Text(patch as string ?? KubernetesJson.Serialize(patch), type), Accept, cancel);

    private async Task<TAnswer> ReadAsync<TAnswer>(HttpMethod method, string path, HttpContent? body, string accept, CancellationToken cancel)
    {
        using var response = await _api.SendAsync(method, path, body, accept, cancel);
        await using var stream = await Json.BufferAsync(response, cancel);
        var answer = KubernetesJson.Deserialize<TAnswer>(stream);
        if (answer is T item)
            Identify(item);
        return answer;
    }

    private T Identify(T item)
    {
        if (_kind is { } kind)
        {
            item.ApiVersion ??= kind.GroupVersion.ToString();
            item.Kind ??= kind.Kind;
        }
        return item;
    }

    private static HttpContent? Body(V1DeleteOptions? options) =>
        options is null ? null : Json.Content(options with { ApiVersion = "v1", Kind = "DeleteOptions" });

    private string Path(string? ns, string? name = null)
    {
        var path = new StringBuilder(_root);
        if (!string.IsNullOrEmpty(ns))
            path.Append("/namespaces/").Append(Uri.EscapeDataString(ns));
        path.Append('/').Append(Resource.Resource);
        if (name is not null)
            path.Append('/').Append(Uri.EscapeDataString(name));
        return path.ToString();
    }

    private static string Query(ListScope scope, string? more = null)
    {
        var parts = new List<string>(3);
        if (scope.LabelSelector is { Length: > 0 } labels)
            parts.Add("labelSelector=" + Uri.EscapeDataString(labels));
        if (scope.FieldSelector is { Length: > 0 } fields)
            parts.Add("fieldSelector=" + Uri.EscapeDataString(fields));
        if (more is not null)
            parts.Add(more);
        return parts.Count == 0 ? "" : "?" + string.Join('&', parts);
    }
}
