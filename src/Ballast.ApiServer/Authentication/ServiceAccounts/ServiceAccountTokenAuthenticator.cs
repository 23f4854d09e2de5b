using System.Text.Json;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Registry;
using Ballast.ApiServer.Storage;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Ballast.ApiServer.Authentication.ServiceAccounts;

/// <summary>
/// Tokens that this cluster issued: signed with a known key, for one of the audiences, in time, and everything they are bound to still exists as the same object.
/// </summary>
public sealed class ServiceAccountTokenAuthenticator(ServiceAccountOptions options, IResourceCatalog catalog, TimeProvider time) : ITokenAuthenticator
{
    private const string Claim = "kubernetes.io";
    private static readonly TimeSpan Leeway = TimeSpan.FromMinutes(1);

    // An object being deleted may still finish its work within this time.
    private static readonly TimeSpan DeletionLeeway = TimeSpan.FromMinutes(1);
    private readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false };

    public async ValueTask<TokenIdentity?> AuthenticateAsync(string token, IReadOnlyList<string> audiences, CancellationToken cancel)
    {
        if (!_handler.CanReadToken(token) || !options.Issuers.Contains(Read(token).Issuer))
            return null;
        var result = await _handler.ValidateTokenAsync(token, Parameters(audiences));
        if (!result.IsValid)
            throw Refuse(result.Exception switch
            {
                SecurityTokenExpiredException => "service account token has expired",
                SecurityTokenNotYetValidException => "service account token is not valid yet",
                SecurityTokenInvalidAudienceException => $"invalid bearer token, token audiences is invalid for the target audiences [{string.Join(' ', audiences)}]",
                _ => "invalid bearer token",
            });
        var jwt = (JsonWebToken)result.SecurityToken;
        var identity = IdentityOf(jwt);
        await CheckBoundAsync(identity, cancel);
        return new TokenIdentity(identity.ToUser(jwt.Id), [.. audiences.Intersect(jwt.Audiences)]);
    }

    private TokenValidationParameters Parameters(IReadOnlyList<string> audiences) => new()
    {
        ValidIssuers = options.Issuers,
        ValidAudiences = audiences,
        IssuerSigningKeys = options.Keys,
        ValidAlgorithms = [SecurityAlgorithms.RsaSha256, SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512],
        RequireExpirationTime = true,
        LifetimeValidator = (notBefore, expires, _, _) => IsInTime(notBefore, expires),
    };

    // The library reads the system's clock; ours is injected.
    private bool IsInTime(DateTime? notBefore, DateTime? expires)
    {
        var now = time.GetUtcNow().UtcDateTime;
        if (expires is null || now - Leeway > expires)
            throw new SecurityTokenExpiredException();
        return notBefore is null || now + Leeway >= notBefore ? true : throw new SecurityTokenNotYetValidException();
    }

    private JsonWebToken Read(string token)
    {
        try
        {
            return _handler.ReadJsonWebToken(token);
        }
        catch (Exception malformed) when (malformed is ArgumentException or SecurityTokenMalformedException or JsonException)
        {
            throw Refuse("invalid bearer token");
        }
    }

    private static ServiceAccountIdentity IdentityOf(JsonWebToken jwt)
    {
        if (!jwt.TryGetPayloadValue<JsonElement>(Claim, out var claim) || claim.ValueKind != JsonValueKind.Object || Bound(claim, "serviceaccount") is not { } account)
            throw Refuse("token could not be validated: it has no kubernetes.io claim");
        var identity = new ServiceAccountIdentity(Text(claim, "namespace"), account) { Pod = Bound(claim, "pod"), Secret = Bound(claim, "secret"), Node = Bound(claim, "node") };
        return jwt.Subject == identity.Subject ? identity : throw Refuse("sub claim is invalid");

        static BoundObject? Bound(JsonElement claim, string field) =>
            claim.TryGetProperty(field, out var found) && found.ValueKind == JsonValueKind.Object ? new(Text(found, "name"), Text(found, "uid")) : null;

        static string Text(JsonElement parent, string field) =>
            parent.TryGetProperty(field, out var found) && found.ValueKind == JsonValueKind.String ? found.GetString()! : "";
    }

    private async Task CheckBoundAsync(ServiceAccountIdentity identity, CancellationToken cancel)
    {
        await CheckAsync("serviceaccounts", $"{identity.Namespace}/{identity.Account.Name}", identity.Account, cancel);
        if (identity.Secret is not null)
            await CheckAsync("secrets", $"{identity.Namespace}/{identity.Secret.Name}", identity.Secret, cancel);
        if (identity.Pod is not null)
            await CheckAsync("pods", $"{identity.Namespace}/{identity.Pod.Name}", identity.Pod, cancel);
        else if (identity.Node is not null)
            await CheckAsync("nodes", identity.Node.Name, identity.Node, cancel);
    }

    private async Task CheckAsync(string resource, string key, BoundObject expected, CancellationToken cancel)
    {
        var store = catalog.Find(new GroupResource("", resource)) ?? throw Refuse($"{resource} are not served");

        // The cache may not have seen a new object yet; only etcd can say that it is not there.
        var found = await store.Objects.GetAsync(key, ReadConsistency.Any, cancel);
        if (found?.Attributes.Uid != expected.Uid)
            found = await store.Objects.GetAsync(key, ReadConsistency.Linearizable, cancel);
        if (found is null)
            throw Refuse("service account token has been invalidated");
        if (found.Attributes.Uid != expected.Uid)
            throw Refuse($"the {store.Definition.Singular} UID ({found.Attributes.Uid}) does not match the UID claimed by the token ({expected.Uid})");
        if (KubernetesTime.TryParse(found.ToDocument().MetadataOrNull?.StringAt("deletionTimestamp"), out var deletion) && deletion < time.GetUtcNow() - DeletionLeeway)
            throw Refuse("service account token has been invalidated");
    }

    private static StatusException Refuse(string why) => StatusException.Unauthorized(why);
}
