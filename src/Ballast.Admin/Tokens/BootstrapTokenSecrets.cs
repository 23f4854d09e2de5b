using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Ballast.Admin.Clusters;
using Ballast.Client;
using k8s.Autorest;
using k8s.Models;

namespace Ballast.Admin.Tokens;

/// <summary>A token as its secret shows it, without the secret part.</summary>
public sealed record StoredToken(string Id, DateTimeOffset? Expiration, IReadOnlyList<string> Usages, IReadOnlyList<string> Groups, string Description);

/// <summary>The cluster's bootstrap tokens: secrets <c>bootstrap-token-ID</c> in kube-system.</summary>
public sealed partial class BootstrapTokenSecrets(ApiClient client, TimeProvider time)
{
    public const string Namespace = "kube-system";

    private const string SecretType = "bootstrap.kubernetes.io/token";
    private static readonly string[] Usages = ["signing", "authentication"];

    private readonly ResourceClient<V1Secret> _secrets = client.Resources<V1Secret>();

    /// <summary>The secret of the token's name.</summary>
    public static string NameOf(string id) => $"bootstrap-token-{id}";

    /// <exception cref="ClusterException">There is one with this id, or a usage or group is none.</exception>
    public async Task<V1Secret> CreateAsync(BootstrapToken token, CancellationToken cancel)
    {
        if (token.Usages.FirstOrDefault(u => !Usages.Contains(u)) is { } usage)
            throw new ClusterException($"there is no usage \"{usage}\": choose from {string.Join(", ", Usages)}", 2);
        if (token.Groups.FirstOrDefault(g => !Group().IsMatch(g)) is { } group)
            throw new ClusterException($"the group \"{group}\" should begin with system:bootstrappers:", 2);
        try
        {
            return await _secrets.CreateAsync(new()
            {
                Metadata = new() { Name = NameOf(token.Id), NamespaceProperty = Namespace },
                Type = SecretType,
                Data = Data(token),
            }, cancel);
        }
        catch (HttpOperationException taken) when (taken.IsAlreadyExists)
        {
            throw new ClusterException($"a token with the id \"{token.Id}\" exists already") { Hint = $"ballast token delete {token.Id}" };
        }
    }

    public async Task<IReadOnlyList<StoredToken>> ListAsync(CancellationToken cancel) =>
    [
        .. (await _secrets.ListAsync(new ListScope(Namespace, FieldSelector: $"type={SecretType}"), cancel)).Items
            .Where(s => s.Data?.ContainsKey("token-id") == true).Select(Read).OrderBy(t => t.Id, StringComparer.Ordinal),
    ];

    /// <summary>False where there is none with this id.</summary>
    public async Task<bool> DeleteAsync(string id, CancellationToken cancel)
    {
        try
        {
            await _secrets.DeleteAsync(Namespace, NameOf(id), null, cancel);
            return true;
        }
        catch (HttpOperationException gone) when (gone.IsNotFound)
        {
            return false;
        }
    }

    private Dictionary<string, byte[]> Data(BootstrapToken token)
    {
        var data = new Dictionary<string, string> { ["token-id"] = token.Id, ["token-secret"] = token.Secret };
        if (token.Lifetime > TimeSpan.Zero)
            data["expiration"] = (time.GetUtcNow() + token.Lifetime).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        if (token.Description.Length > 0)
            data["description"] = token.Description;
        foreach (var usage in token.Usages)
            data[$"usage-bootstrap-{usage}"] = "true";
        if (token.Groups.Count > 0)
            data["auth-extra-groups"] = string.Join(',', token.Groups);
        return data.ToDictionary(d => d.Key, d => Encoding.UTF8.GetBytes(d.Value));
    }

    private static StoredToken Read(V1Secret secret)
    {
        return new(Text("token-id"),
            DateTimeOffset.TryParse(Text("expiration"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? at : null,
            [.. Usages.Where(u => Text($"usage-bootstrap-{u}") == "true")],
            Text("auth-extra-groups").Split(',', StringSplitOptions.RemoveEmptyEntries),
            Text("description"));

        string Text(string key) => secret.Data.TryGetValue(key, out var bytes) ? Encoding.UTF8.GetString(bytes) : "";
    }

    [GeneratedRegex(@"\Asystem:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]\z", RegexOptions.ExplicitCapture)]
    private static partial Regex Group();
}
