using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.Validation;
using Ballast.ApiServer.Registry;
using Ballast.ApiServer.Storage;

namespace Ballast.ApiServer.Authentication.ServiceAccounts;

/// <summary><c>serviceaccounts/token</c>: a new token for the account, perhaps bound to a pod, a secret or a node.</summary>
internal sealed class TokenRequestSubresource(ServiceAccountOptions options, TokenIssuer issuer, IResourceCatalog catalog, TimeProvider time) : ICreateSubresource
{
    private const long DefaultSeconds = 3600;
    private const long MinSeconds = 600;
    private const long MaxSeconds = 1L << 32;

    // What a kubelet asks for where the pod says nothing; the odd number tells such requests from others.
    private const long PodDefaultSeconds = 3607;
    private static readonly TimeSpan ExtendedLifetime = TimeSpan.FromDays(365);

    public async Task<JsonObject> CreateAsync(ResourceRequest request, JsonObject body, CancellationToken cancel)
    {
        var account = await GetAsync("serviceaccounts", request.Namespace, request.Name, cancel);
        CheckNames(request, body);
        var spec = body.ObjectAt("spec");
        ApplyDefaults(spec);
        Validate(spec);
        var identity = await BindAsync(new ServiceAccountIdentity(request.Namespace, new(account.Name, account.Uid)), spec["boundObjectRef"] as JsonObject, cancel);

        var asked = TimeSpan.FromSeconds(spec.LongAt("expirationSeconds")!.Value);
        if (options.MaxExpiration is { } limit && asked > limit)
        {
            request.Warnings.Add($"requested expiration of {(long)asked.TotalSeconds} seconds shortened to {(long)limit.TotalSeconds} seconds");
            asked = limit;
            spec["expirationSeconds"] = (long)limit.TotalSeconds;
        }
        string[] audiences = [.. spec.StringsAt("audiences")];
        var extends = options.ExtendExpiration && identity.Pod is not null && (long)asked.TotalSeconds == PodDefaultSeconds && audiences.All(options.ApiAudiences.Contains);
        body.Metadata["creationTimestamp"] = KubernetesTime.Format(time.GetUtcNow());
        body["status"] = new JsonObject
        {
            ["token"] = issuer.Issue(identity, audiences, extends ? ExtendedLifetime : asked, extends ? asked : null),
            ["expirationTimestamp"] = KubernetesTime.Format(time.GetUtcNow() + asked),
        };
        return body;
    }

    private static void CheckNames(ResourceRequest request, JsonObject body)
    {
        if (body.Name.Length == 0)
            body.Name = request.Name;
        else if (body.Name != request.Name)
            throw StatusException.BadRequest($"the name of the object ({body.Name}) does not match the name on the URL ({request.Name})");
        if (body.Namespace.Length == 0)
            body.Namespace = request.Namespace;
        else if (body.Namespace != request.Namespace)
            throw StatusException.BadRequest("the namespace of the provided object does not match the namespace sent on the request");
    }

    private void ApplyDefaults(JsonObject spec)
    {
        if (!spec.StringsAt("audiences").Any())
            spec["audiences"] = new JsonArray([.. options.ApiAudiences.Select(a => (JsonNode)a)]);
        _ = spec.SetDefault("expirationSeconds", DefaultSeconds);
    }

    private static void Validate(JsonObject spec)
    {
        var path = FieldPath.Of("spec").Child("expirationSeconds");
        var seconds = spec.LongAt("expirationSeconds");
        if (seconds is null or < MinSeconds)
            throw Invalid(FieldError.Invalid(path, seconds, "may not specify a duration less than 10 minutes"));
        if (seconds > MaxSeconds)
            throw Invalid(FieldError.Invalid(path, seconds, "may not specify a duration larger than 2^32 seconds"));

        static StatusException Invalid(FieldError error) => StatusException.Invalid(new GroupKind("authentication.k8s.io", "TokenRequest"), "", [error]);
    }

    private async Task<ServiceAccountIdentity> BindAsync(ServiceAccountIdentity identity, JsonObject? reference, CancellationToken cancel)
    {
        if (reference is null)
            return identity;
        var (kind, name, uid) = (reference.StringAt("kind") ?? "", reference.StringAt("name") ?? "", reference.StringAt("uid") ?? "");
        var version = GroupVersion.Parse(reference.StringAt("apiVersion") ?? "");
        switch (version.Group, kind)
        {
            case ("", "Pod"):
                var pod = await GetAsync("pods", identity.Namespace, name, cancel);
                var spec = pod["spec"] as JsonObject ?? [];
                if (spec.StringAt("serviceAccountName") != identity.Account.Name)
                    throw StatusException.BadRequest($"cannot bind token for serviceaccount \"{identity.Account.Name}\" to pod running with different serviceaccount name.");
                return identity with { Pod = Same(pod), Node = await NodeOfAsync(spec.StringAt("nodeName") ?? "", cancel) };
            case ("", "Secret"):
                return identity with { Secret = Same(await GetAsync("secrets", identity.Namespace, name, cancel)) };
            case ("", "Node"):
                return identity with { Node = Same(await GetAsync("nodes", "", name, cancel)) };
            default:
                throw StatusException.BadRequest($"cannot bind token to object of type {version.Group}/{version.Version}, Kind={kind}");
        }

        BoundObject Same(JsonObject found) => uid.Length == 0 || uid == found.Uid
            ? new BoundObject(found.Name, found.Uid)
            : throw StatusException.Conflict(new GroupResource(version.Group, kind), name,
                $"the UID in the bound object reference ({uid}) does not match the UID in record. The object might have been deleted and then recreated");
    }

    // A pod may be bound to a node whose object is gone; the token then names it without a uid.
    private async Task<BoundObject?> NodeOfAsync(string name, CancellationToken cancel)
    {
        if (name.Length == 0)
            return null;
        var node = await Store("nodes").Objects.GetAsync(name, ReadConsistency.Linearizable, cancel);
        return new BoundObject(name, node?.Attributes.Uid ?? "");
    }

    private async Task<JsonObject> GetAsync(string resource, string ns, string name, CancellationToken cancel)
    {
        var found = await Store(resource).Objects.GetAsync(ns.Length == 0 ? name : $"{ns}/{name}", ReadConsistency.Linearizable, cancel);
        return found?.ToDocument() ?? throw StatusException.NotFound(new GroupResource("", resource), name);
    }

    private IResourceStore Store(string resource) => catalog.Find(new GroupResource("", resource)) ?? throw StatusException.PathNotFound();
}
