using System.Text.Json.Nodes;
using Microsoft.IdentityModel.Tokens;

namespace Ballast.ApiServer.Authentication.ServiceAccounts;

/// <summary>What others need to verify this cluster's tokens without asking it: OIDC discovery and the public keys.</summary>
public sealed class IssuerDiscovery(ServiceAccountOptions options, string externalAddress)
{
    public const string ConfigurationPath = "/.well-known/openid-configuration";
    public const string KeysPath = "/openid/v1/jwks";

    /// <summary>Served at <see cref="ConfigurationPath"/> as <c>application/json</c>.</summary>
    public string Configuration { get; } = new JsonObject
    {
        ["issuer"] = options.Issuers[0],
        ["jwks_uri"] = options.JwksUri.Length > 0 ? options.JwksUri : $"https://{externalAddress}{KeysPath}",
        ["response_types_supported"] = new JsonArray("id_token"),
        ["subject_types_supported"] = new JsonArray("public"),
        ["id_token_signing_alg_values_supported"] = new JsonArray([.. options.Keys.Select(TokenKeys.Algorithm).Distinct().Select(a => (JsonNode)a)]),
    }.ToJsonString();

    /// <summary>Served at <see cref="KeysPath"/> as <c>application/jwk-set+json</c>.</summary>
    public string Keys { get; } = new JsonObject { ["keys"] = new JsonArray([.. options.Keys.Select(Describe)]) }.ToJsonString();

    private static JsonNode Describe(SecurityKey key)
    {
        var jwk = JsonWebKeyConverter.ConvertFromSecurityKey(key);
        var document = new JsonObject { ["use"] = "sig", ["kty"] = jwk.Kty, ["kid"] = key.KeyId };
        foreach (var (field, value) in (ReadOnlySpan<(string, string?)>)[("crv", jwk.Crv), ("alg", TokenKeys.Algorithm(key)), ("n", jwk.N), ("e", jwk.E), ("x", jwk.X), ("y", jwk.Y)])
        {
            if (!string.IsNullOrEmpty(value))
                document[field] = value;
        }
        return document;
    }
}
