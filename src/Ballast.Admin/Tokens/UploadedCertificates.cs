using System.Security.Cryptography;
using System.Text;
using Ballast.Admin.Clusters;
using Ballast.Admin.Files;
using Ballast.Client;
using k8s.Autorest;
using k8s.Models;

namespace Ballast.Admin.Tokens;

/// <summary>
/// Files that control planes share, in a secret, encrypted with a key that is not in the cluster. The secret belongs to a token of two hours: it goes with it.
/// </summary>
/// <param name="kind">Which of them.</param>
/// <param name="client">The API.</param>
/// <param name="time">The clock.</param>
public sealed class UploadedCertificates(UploadedCertificates.Kind kind, ApiClient client, TimeProvider time)
{
    /// <param name="Name">The secret's.</param>
    /// <param name="Files">What it holds, for people.</param>
    /// <param name="Again">How they are put there once more.</param>
    public sealed record Kind(string Name, string Files, string Again);

    /// <summary>The certificates that all control planes have in common, for one that joins.</summary>
    public static Kind Certificates { get; } = new("kubeadm-certs", "the control planes' certificates", "on a control plane: ballast init phase upload-certs --upload-certs");

    /// <summary>The keys of the CAs that are to follow, for the other control planes.</summary>
    public static Kind NewAuthorities { get; } = new("ballast-ca-rotation", "the new CAs' keys", "on a control plane that has them: ballast certs rotate-ca --upload-certs");

    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(2);

    private readonly ResourceClient<V1Secret> _secrets = client.Resources<V1Secret>();

    /// <summary>Are there any?</summary>
    public async Task<bool> ExistAsync(CancellationToken cancel) => await _secrets.FindAsync(BootstrapTokenSecrets.Namespace, kind.Name, cancel) is not null;

    /// <summary>Puts this host's there, in place of what was there.</summary>
    /// <param name="shared">Its name in the secret, and the file.</param>
    /// <param name="key">Encrypts them.</param>
    /// <param name="cancel">Gives up.</param>
    public async Task UploadAsync(IReadOnlyList<(string Key, string Path)> shared, CertificateKey key, CancellationToken cancel)
    {
        var owner = await new BootstrapTokenSecrets(client, time).CreateAsync(BootstrapToken.Generate() with
        {
            Description = $"Proxy for managing TTL for the {kind.Name} secret",
            Lifetime = Lifetime,
            Usages = [],
            Groups = [],
        }, cancel);
        var secret = new V1Secret
        {
            Metadata = new()
            {
                Name = kind.Name,
                NamespaceProperty = BootstrapTokenSecrets.Namespace,
                OwnerReferences =
                [
                    new() { ApiVersion = "v1", Kind = "Secret", Name = owner.Metadata.Name, Uid = owner.Metadata.Uid, Controller = true, BlockOwnerDeletion = true },
                ],
            },
            Data = shared.ToDictionary(file => file.Key, file => key.Encrypt(File.ReadAllBytes(file.Path))),
        };
        try
        {
            await _secrets.CreateAsync(secret, cancel);
        }
        catch (HttpOperationException there) when (there.IsAlreadyExists)
        {
            await _secrets.UpdateAsync(secret, cancel);
        }
    }

    /// <summary>Brings them to this host, but those that it has.</summary>
    /// <param name="shared">What has to be among them: its name in the secret, and the file.</param>
    /// <param name="whereThere">What may be.</param>
    /// <param name="key">Decrypts them.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="ClusterException">They are not there, or the key is another.</exception>
    public async Task DownloadAsync(IReadOnlyList<(string Key, string Path)> shared, IReadOnlyList<(string Key, string Path)> whereThere, CertificateKey key, CancellationToken cancel)
    {
        V1Secret secret;
        try
        {
            secret = await _secrets.GetAsync(BootstrapTokenSecrets.Namespace, kind.Name, cancel);
        }
        catch (HttpOperationException gone) when (gone.IsNotFound)
        {
            throw new ClusterException($"{kind.Files} are not in the cluster any more: they stay for two hours") { Hint = kind.Again };
        }
        var files = new Dictionary<string, string>();
        foreach (var (name, path) in shared.Concat(whereThere.Where(f => secret.Data?.ContainsKey(f.Key) == true)))
        {
            try
            {
                if (secret.Data is null || !secret.Data.TryGetValue(name, out var encrypted))
                    throw new ClusterException($"the secret {kind.Name} lacks {name}") { Hint = kind.Again };
                files[path] = Encoding.UTF8.GetString(key.Decrypt(encrypted));
            }
            catch (CryptographicException)
            {
                throw new ClusterException($"the certificate key is not the one that {kind.Files} were uploaded with") { Hint = kind.Again };
            }
        }
        foreach (var (file, text) in files.Where(f => !File.Exists(f.Key)))
            AtomicFile.Write(file, text, file.EndsWith(".crt", StringComparison.Ordinal) || file.EndsWith(".pub", StringComparison.Ordinal) ? AtomicFile.Public : AtomicFile.Secret);
    }
}
