using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.Patches;
using Ballast.ApiMachinery.Schemas;
using Ballast.ApiMachinery.Selectors;
using Ballast.Client;

namespace Ballast.Testing.Api;

/// <summary>
/// A Kubernetes API in memory, behind a real client: every built-in kind with its verbs, watches, selectors, status and binding
/// subresources, the three patches, finalizers, propagation policies and preconditions; no defaults, validation or admission.
/// For tests of components; thread-safe.
/// </summary>
public sealed class InMemoryApiServer : HttpMessageHandler
{
    private readonly Lock _lock = new(); // guards the store, the kinds and the watches
    private readonly ApiStore _store;
    private readonly List<ApiKind> _kinds = [.. ApiKinds.BuiltIn];
    private readonly List<ApiWatch> _watches = [];

    public InMemoryApiServer(TimeProvider? time = null)
    {
        _store = new ApiStore(time ?? TimeProvider.System);
        _store.Changed += change => _watches.ForEach(w => w.Offer(change));
    }

    /// <summary>Asked before every request, where set: may throw (a dead server), wait (a slow one) or answer in the server's place.</summary>
    public Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage?>>? Intercept { get; set; }

    /// <summary>Asked after every request was carried out, where set: throwing loses the answer.</summary>
    public Action<HttpRequestMessage>? AfterRequest { get; set; }

    public ApiClient CreateClient(string userAgent = "test") => ClientFactory.Create(new Uri("http://in-memory"), this, userAgent);

    /// <summary>Serves one more kind, as a custom resource definition does.</summary>
    public void Serve(GroupVersionResource resource, string kind, bool isNamespaced)
    {
        lock (_lock)
            _kinds.Add(new(resource, kind, isNamespaced));
    }

    /// <summary>Ends every watch, as a server that stops (cleanly) or dies (with an error) does.</summary>
    public void EndWatches(bool cleanly = true)
    {
        lock (_lock)
        {
            _watches.ForEach(w => w.End(cleanly ? null : new IOException("the connection was reset")));
            _watches.Clear();
        }
    }

    /// <summary>Forgets history: watches that ask for an older version get 410.</summary>
    public void Compact()
    {
        lock (_lock)
            _store.Compact();
    }

    /// <returns>Goes back to what the server holds now, as when etcd is restored from a snapshot under its clients.</returns>
    public Action Snapshot()
    {
        Action restore;
        lock (_lock)
            restore = _store.Snapshot();
        return () =>
        {
            lock (_lock)
                restore();
            EndWatches(cleanly: false);
        };
    }

    internal static JsonObject MetadataOf(JsonObject item) => new()
    {
        ["apiVersion"] = "meta.k8s.io/v1", ["kind"] = "PartialObjectMetadata", ["metadata"] = item["metadata"]?.DeepClone(),
    };

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (Intercept is { } intercept && await intercept(request, cancellationToken) is { } answer)
            return answer;
        var body = request.Content is null ? null : JsonNode.Parse(await request.Content.ReadAsStringAsync(cancellationToken));
        HttpResponseMessage response;
        try
        {
            lock (_lock)
                response = Handle(request, body);
        }
        catch (StatusException error)
        {
            response = Answer(error.ToDocument(), (HttpStatusCode)error.Code);
        }
        response.RequestMessage = request;
        AfterRequest?.Invoke(request);
        return response;
    }

    private HttpResponseMessage Handle(HttpRequestMessage request, JsonNode? body)
    {
        if (ApiDiscovery.Answer(request.RequestUri!.AbsolutePath, _kinds) is { } discovery)
            return Answer(discovery);
        var asked = ApiRequest.Parse(request.RequestUri!) ?? throw StatusException.PathNotFound();
        var kind = _kinds.FirstOrDefault(k => k.Resource == asked.Resource) ?? throw StatusException.PathNotFound();
        var metadataOnly = request.Headers.Accept.ToString().Contains("PartialObjectMetadata", StringComparison.Ordinal);
        return request.Method.Method switch
        {
            "GET" when asked.IsWatch => Watch(kind, asked, metadataOnly),
            "GET" when asked.Name.Length == 0 => Answer(List(kind, asked, metadataOnly)),
            "GET" => Answer(Shown(_store.Get(kind.Resource.GroupResource, asked.Namespace, asked.Name), metadataOnly)),
            "POST" when asked.Subresource.Length > 0 => Answer(PostSubresource(kind, asked, (JsonObject)body!), HttpStatusCode.Created),
            "POST" => Answer(_store.Create(kind, asked.Namespace, (JsonObject)body!), HttpStatusCode.Created),
            "PUT" => Answer(_store.Update(kind.Resource.GroupResource, asked.Namespace, (JsonObject)body!, asked.Subresource)),
            "PATCH" => Answer(Shown(Patch(kind, asked, body!, request.Content!.Headers.ContentType!.MediaType!), metadataOnly)),
            "DELETE" when asked.Name.Length == 0 => Answer(DeleteAll(kind, asked, body as JsonObject)),
            "DELETE" => Answer(_store.Delete(kind.Resource.GroupResource, asked.Namespace, asked.Name, body as JsonObject)),
            var method => throw StatusException.MethodNotSupported(kind.Resource.GroupResource, method),
        };
    }

    private JsonObject List(ApiKind kind, ApiRequest asked, bool metadataOnly)
    {
        var matches = Selector(asked);
        var items = _store.List(kind.Resource.GroupResource, asked.Namespace).Where(matches).Select(i => (JsonNode)Shown(i, metadataOnly).DeepClone());
        return new()
        {
            ["apiVersion"] = kind.Resource.GroupVersion.ToString(),
            ["kind"] = kind.Kind + "List",
            ["metadata"] = new JsonObject { ["resourceVersion"] = $"{_store.Version}" },
            ["items"] = new JsonArray([.. items]),
        };
    }

    private HttpResponseMessage Watch(ApiKind kind, ApiRequest asked, bool metadataOnly)
    {
        var watch = new ApiWatch(kind.Resource.GroupResource, Selector(asked), metadataOnly);
        if (asked.Query["resourceVersion"] is { Length: > 0 } version and not "0")
        {
            foreach (var change in _store.ChangesAfter(kind.Resource.GroupResource, long.Parse(version, System.Globalization.CultureInfo.InvariantCulture)))
                watch.Offer(change);
        }
        else
        {
            foreach (var item in _store.List(kind.Resource.GroupResource, asked.Namespace).Where(Selector(asked)))
                watch.Send("ADDED", item);
        }
        _watches.Add(watch);
        return new(HttpStatusCode.OK) { Content = new StreamContent(watch.Body) };
    }

    private JsonObject PostSubresource(ApiKind kind, ApiRequest asked, JsonObject body)
    {
        var resource = kind.Resource.GroupResource;
        var item = (JsonObject)_store.Get(resource, asked.Namespace, asked.Name).DeepClone();
        switch (asked.Subresource)
        {
            case "binding":
                if ((item["spec"] as JsonObject)?.StringAt("nodeName") is { Length: > 0 } bound)
                    throw StatusException.Conflict(resource, asked.Name, $"pod {asked.Name} is already assigned to node \"{bound}\"");
                item.ObjectAt("spec")["nodeName"] = (body["target"] as JsonObject)?.StringAt("name");
                return _store.Update(resource, asked.Namespace, item, "");
            case "eviction":
                return _store.Delete(resource, asked.Namespace, asked.Name, body["deleteOptions"] as JsonObject);
            case "token":
                body["status"] = new JsonObject { ["token"] = $"token-of-{asked.Name}", ["expirationTimestamp"] = "2100-01-01T00:00:00Z" };
                return body;
            default:
                throw StatusException.PathNotFound();
        }
    }

    private JsonObject Patch(ApiKind kind, ApiRequest asked, JsonNode patch, string type)
    {
        var old = _store.Get(kind.Resource.GroupResource, asked.Namespace, asked.Name);
        var next = (JsonObject)(type switch
        {
            "application/merge-patch+json" => ApiPatches.Merge(old.DeepClone(), patch)!,
            "application/strategic-merge-patch+json" => StrategicMergePatch.Apply(old, (JsonObject)patch, SchemaCatalog.BuiltIn.Find(kind.Resource.GroupVersion.WithKind(kind.Kind))!),
            "application/json-patch+json" => ApiPatches.Json(old.DeepClone(), (JsonArray)patch),
            _ => throw StatusException.UnsupportedMediaType($"the in-memory API takes no patch of type {type}"),
        });
        return _store.Update(kind.Resource.GroupResource, asked.Namespace, next, asked.Subresource);
    }

    private JsonObject DeleteAll(ApiKind kind, ApiRequest asked, JsonObject? options)
    {
        foreach (var item in _store.List(kind.Resource.GroupResource, asked.Namespace).Where(Selector(asked)).ToList())
            _store.Delete(kind.Resource.GroupResource, item.Namespace, item.Name, options);
        return new() { ["kind"] = "Status", ["apiVersion"] = "v1", ["status"] = "Success" };
    }

    private static Func<JsonObject, bool> Selector(ApiRequest asked)
    {
        var labels = LabelSelector.Parse(asked.Query["labelSelector"]);
        var fields = FieldSelector.Parse(asked.Query["fieldSelector"]);
        return item => (asked.Namespace.Length == 0 || item.Namespace == asked.Namespace)
            && labels.Matches(item.Labels) && fields.Matches(path => FieldAt(item, path));
    }

    private static string FieldAt(JsonObject item, string path)
    {
        JsonNode? node = item;
        foreach (var part in path.Split('.'))
            node = (node as JsonObject)?[part];
        return node?.ToString() ?? "";
    }

    private static JsonObject Shown(JsonObject item, bool metadataOnly) => metadataOnly ? MetadataOf(item) : item;

    private static HttpResponseMessage Answer(JsonObject document, HttpStatusCode code = HttpStatusCode.OK) =>
        new(code) { Content = new StringContent(document.ToJsonString(), Encoding.UTF8, "application/json") };
}
