using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Registry;
using Ballast.ApiServer.Storage;

namespace Ballast.ApiServer.Authentication;

/// <summary>The tokens that new hosts join with (<c>abcdef.0123456789abcdef</c>): secrets <c>bootstrap-token-ID</c> in kube-system.</summary>
public sealed partial class BootstrapTokenAuthenticator(IResourceCatalog catalog, TimeProvider time) : ITokenAuthenticator
{
    private const string SecretType = "bootstrap.kubernetes.io/token";
    private const string DefaultGroup = "system:bootstrappers";

    public async ValueTask<TokenIdentity?> AuthenticateAsync(string token, IReadOnlyList<string> audiences, CancellationToken cancel)
    {
        var parts = Token().Match(token);
        if (!parts.Success)
            return null;
        var (id, secretPart) = (parts.Groups["id"].Value, parts.Groups["secret"].Value);
        var store = catalog.Find(new GroupResource("", "secrets"));
        if (store is null || await store.Objects.GetAsync($"kube-system/bootstrap-token-{id}", ReadConsistency.Any, cancel) is not { } stored)
            throw StatusException.Unauthorized("invalid bearer token");
        var secret = stored.ToDocument();
        return IsUsable(secret, id, secretPart) ? new TokenIdentity(UserInfo.Authenticated("system:bootstrap:" + id, [.. Groups(secret)]), audiences)
            : throw StatusException.Unauthorized("invalid bearer token");
    }

    private bool IsUsable(JsonObject secret, string id, string secretPart) =>
        !secret.IsBeingDeleted
        && secret.StringAt("type") == SecretType
        && CryptographicOperations.FixedTimeEquals(Data(secret, "token-secret"), Encoding.UTF8.GetBytes(secretPart))
        && Text(secret, "token-id") == id
        && Text(secret, "usage-bootstrap-authentication") == "true"
        && !IsExpired(Text(secret, "expiration"))
        && Groups(secret).All(group => GroupName().IsMatch(group));

    private bool IsExpired(string expiration) =>
        expiration.Length > 0 && (!KubernetesTime.TryParse(expiration, out var at) || at <= time.GetUtcNow());

    private static IEnumerable<string> Groups(JsonObject secret) =>
        Text(secret, "auth-extra-groups").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Prepend(DefaultGroup).Distinct();

    private static string Text(JsonObject secret, string key) => Encoding.UTF8.GetString(Data(secret, key));

    private static byte[] Data(JsonObject secret, string key)
    {
        var text = (secret["data"] as JsonObject)?.StringAt(key) ?? "";
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out var length) ? bytes[..length] : [];
    }

    [GeneratedRegex(@"\A(?<id>[a-z0-9]{6})\.(?<secret>[a-z0-9]{16})\z", RegexOptions.ExplicitCapture)]
    private static partial Regex Token();

    // "system:bootstrappers" itself, or a group below it: a token never makes anyone more.
    [GeneratedRegex(@"\Asystem:bootstrappers(:[a-z0-9:-]{0,255}[a-z0-9])?\z", RegexOptions.ExplicitCapture)]
    private static partial Regex GroupName();
}
