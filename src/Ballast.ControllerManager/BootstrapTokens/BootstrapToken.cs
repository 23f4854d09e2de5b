using System.Globalization;
using System.Text;
using k8s.Models;

namespace Ballast.ControllerManager.BootstrapTokens;

/// <summary>What a secret of the type <c>bootstrap.kubernetes.io/token</c> in kube-system says.</summary>
internal sealed record BootstrapToken(string Id, string Secret, DateTime? Expiration, bool MaySign)
{
    public const string Namespace = "kube-system";

    /// <summary>Selects the secrets that hold tokens.</summary>
    public const string FieldSelector = "type=bootstrap.kubernetes.io/token";

    private const string NamePrefix = "bootstrap-token-";

    /// <summary>Once a day at least: a timer cannot wait for a token that lives for years, and clocks are set.</summary>
    public static TimeSpan LookAgainIn(TimeSpan untilExpiration) => untilExpiration < TimeSpan.FromDays(1) ? untilExpiration + TimeSpan.FromMilliseconds(1) : TimeSpan.FromDays(1);

    /// <summary>Null where the secret is no token: another type, another name than its id's, a value missing.</summary>
    public static BootstrapToken? Of(V1Secret secret)
    {
        var (id, value) = (Text("token-id"), Text("token-secret"));
        if (secret.Type != "bootstrap.kubernetes.io/token" || id.Length == 0 || value.Length == 0 || secret.Metadata.Name != NamePrefix + id)
            return null;
        return new(id, value, ExpirationOf(secret), Text("usage-bootstrap-signing") == "true");

        string Text(string key) => secret.Data is { } data && data.TryGetValue(key, out var bytes) ? Encoding.UTF8.GetString(bytes) : "";
    }

    /// <summary>Null where it never expires; one that cannot be read has expired.</summary>
    private static DateTime? ExpirationOf(V1Secret secret)
    {
        if (secret.Data is not { } data || !data.TryGetValue("expiration", out var bytes) || bytes.Length == 0)
            return null;
        return DateTimeOffset.TryParse(Encoding.UTF8.GetString(bytes), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? at.UtcDateTime : DateTime.MinValue;
    }

    /// <summary>The secret is not for logs.</summary>
    public override string ToString() => $"bootstrap token {Id}";
}
