using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ballast.Etcd;

namespace Ballast.Admin.Restore;

/// <summary>Whose store it is.</summary>
/// <param name="Registry">What its objects' keys begin with.</param>
/// <param name="Objects">How many Kubernetes objects it holds.</param>
/// <param name="Uid">That of the namespace kube-system, which no two clusters share; null where it cannot be read.</param>
/// <param name="Authorities">The fingerprints of the cluster's CAs, as pods are told to trust them; none where that cannot be read.</param>
/// <param name="Protobuf">Whether its objects are stored as protobuf.</param>
internal sealed record StoreIdentity(string Registry, long Objects, string? Uid, IReadOnlySet<string> Authorities, bool Protobuf)
{
    /// <summary>Asks any member, also one without a quorum.</summary>
    /// <param name="keys">The store.</param>
    /// <param name="prefix">Where the API servers keep their objects in it.</param>
    /// <param name="cancel">Gives up.</param>
    public static async Task<StoreIdentity> ReadAsync(IKeyValues keys, string prefix, CancellationToken cancel)
    {
        var registry = prefix.TrimEnd('/') + "/";
        var protobuf = false;
        var objects = await keys.RangeAsync(KeyRange.Prefix(registry), new RangeOptions(CountOnly: true, Serializable: true), cancel);
        var system = await DocumentAsync(registry + "namespaces/kube-system");
        var root = await DocumentAsync(registry + "configmaps/kube-system/kube-root-ca.crt");
        return new(registry, objects.Count, (string?)system?["metadata"]?["uid"], (string?)root?["data"]?["ca.crt"] is { } pem ? Fingerprints(pem) : new HashSet<string>(), protobuf);

        async Task<JsonNode?> DocumentAsync(string key)
        {
            if (await keys.GetAsync(key, cancel, serializable: true) is not { } found)
                return null;
            protobuf |= found.Value.Span.StartsWith("k8s\0"u8);
            try
            {
                return JsonNode.Parse(found.Value.Span);
            }
            catch (JsonException)
            {
                // No JSON, or encrypted: whose it is cannot be told by this.
                return null;
            }
        }
    }

    /// <summary>Why this snapshot must not be given to that cluster; null where it may.</summary>
    /// <param name="present">What the cluster holds now; null where nothing of it can be read.</param>
    /// <param name="authorities">The file with the CA that the cluster's hosts have.</param>
    public string? RefusalFor(StoreIdentity? present, string authorities)
    {
        if (Objects == 0)
            return $"it holds no Kubernetes object (no key below {Registry.TrimEnd('/')}): it is the snapshot of another kind of store";
        if (Protobuf)
            return "its objects are stored as protobuf, which this API server does not read (upstream's stores JSON with --storage-media-type=application/json)";
        if (Uid is null || Uid == present?.Uid || Authorities.Count == 0 || Authorities.Overlaps(Fingerprints(File.ReadAllText(authorities))))
            return null;
        return $"it is of another cluster (kube-system is {Uid} there{(present?.Uid is { } here ? $", and {here} here" : "")}), with another CA than {authorities}: nobody's certificates and tokens would be accepted any more";
    }

    private static HashSet<string> Fingerprints(string pem)
    {
        var certificates = new X509Certificate2Collection();
        certificates.ImportFromPem(pem);
        return [.. certificates.Select(c => c.GetCertHashString(System.Security.Cryptography.HashAlgorithmName.SHA256))];
    }
}
