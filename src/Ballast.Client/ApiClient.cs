using Ballast.ApiMachinery.Objects;
using k8s;
using k8s.Models;

namespace Ballast.Client;

/// <summary>
/// A connection to the API: KubernetesClient's whole typed surface, and <see cref="Resources{T}"/> for code that is generic
/// over the kind (informers, controllers). Thread-safe; one a component is enough.
/// </summary>
/// <remarks>
/// Answers that are not successes are thrown as <see cref="k8s.Autorest.HttpOperationException"/>, whose <see cref="ApiErrors"/> members
/// say what went wrong; a server that could not be reached is an <see cref="HttpRequestException"/>.
/// </remarks>
public sealed class ApiClient : Kubernetes
{
    // Once in a process, before the serializer is used: then its options are fixed. A program that uses it before it has a client keeps the serializer's own limit.
    static ApiClient() => KubernetesJson.AddJsonOptions(options =>
    {
        if (!options.IsReadOnly)
            options.MaxDepth = Json.MaxDepth;
    });

    private readonly string _userAgent;

    /// <param name="config">Where the API is, and the credentials that go into headers.</param>
    /// <param name="transport">Sends the requests; disposed with the client.</param>
    /// <param name="userAgent">What this component calls itself.</param>
    public ApiClient(KubernetesClientConfiguration config, HttpMessageHandler transport, string userAgent)
        : base(config)
    {
        _userAgent = userAgent;
        HttpClient.Dispose();
        HttpClient = new HttpClient(transport) { Timeout = Timeout.InfiniteTimeSpan };
        HttpClient.DefaultRequestHeaders.TryAddWithoutValidation("User-Agent", userAgent);
    }

    public string UserAgent => _userAgent;

    /// <summary>The verbs on a kind of the KubernetesClient package.</summary>
    public ResourceClient<T> Resources<T>() where T : class, IKubernetesObject<V1ObjectMeta> =>
        new(this, KindOf<T>.Resource, KindOf<T>.Kind);

    /// <summary>The verbs on any kind's metadata alone; the server leaves spec and status out of its answers.</summary>
    public ResourceClient<PartialObjectMetadata> MetadataOf(GroupVersionResource resource) => new(this, resource, kind: null);

    /// <summary>Sends one request and gives the successful answer, its body not yet read.</summary>
    internal async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, HttpContent? body, string accept, CancellationToken cancel)
    {
        var request = new HttpRequestMessage(method, new Uri(BaseUri, path)) { Version = System.Net.HttpVersion.Version20, Content = body };
        request.Headers.TryAddWithoutValidation("Accept", accept);
        return await SendRequestRaw("", request, cancel);
    }

    /// <summary>GETs a path that is no resource (discovery, /version) and reads its JSON.</summary>
    public async Task<T> GetAsync<T>(string path, CancellationToken cancel)
    {
        using var response = await SendAsync(HttpMethod.Get, path, null, "application/json", cancel);
        await using var stream = await Json.BufferAsync(response, cancel);
        return KubernetesJson.Deserialize<T>(stream);
    }

    private static class KindOf<T>
    {
        public static readonly GroupVersionKind Kind;
        public static readonly GroupVersionResource Resource;

        static KindOf()
        {
            var entity = (KubernetesEntityAttribute?)Attribute.GetCustomAttribute(typeof(T), typeof(KubernetesEntityAttribute))
                ?? throw new InvalidOperationException($"{typeof(T)} is no kind of the Kubernetes API");
            Kind = new(entity.Group, entity.ApiVersion, entity.Kind);
            Resource = new(entity.Group, entity.ApiVersion, entity.PluralName);
        }
    }
}
