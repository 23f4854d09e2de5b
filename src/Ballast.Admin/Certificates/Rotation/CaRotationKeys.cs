using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Ballast.Admin.Files;
using Ballast.Admin.Hosts;
using Ballast.Admin.Pki;

namespace Ballast.Admin.Certificates.Rotation;

/// <summary>The CAs that are to follow, and the key of service-account tokens that is, with their private keys: a folder that only its owner may enter.</summary>
internal sealed class CaRotationKeys(string folder)
{
    private const string ServiceAccount = "sa";

    /// <summary>The private keys of these CAs and of tokens, by the names they are brought to other hosts under, and where they are.</summary>
    public IReadOnlyList<(string Key, string Path)> PrivateKeys(IEnumerable<string> authorities) =>
        [.. authorities.Append(ServiceAccount).Select(name => (HostCertificate.AuthorityName(name) + ".key", PathOf(name) + ".key"))];

    /// <summary>Makes those that are missing, like the ones that are in use on a host.</summary>
    public void Generate(HostPaths host, IEnumerable<string> authorities, TimeProvider time)
    {
        foreach (var authority in authorities.Where(a => !File.Exists(PathOf(a) + ".crt")))
        {
            using var current = CertificateAuthority.Load(host.Pki(authority));
            Write(authority, ".crt", current.Successor(time));
        }
        if (!File.Exists(PathOf(ServiceAccount) + ".pub"))
            Write(ServiceAccount, ".pub", NewServiceAccountKey(File.ReadAllText(host.Pki("sa.pub"))));
    }

    /// <summary>What others have to know of them.</summary>
    public NewAuthorities Announce(string id, IEnumerable<string> authorities) => new(id, authorities.ToDictionary(a => a, a => Authority(a).CertificatePem), ServiceAccountKey.CertificatePem);

    /// <summary>Are the keys of those here?</summary>
    public bool Has(NewAuthorities announced)
    {
        try
        {
            foreach (var (authority, certificate) in announced.Certificates)
            {
                if (Authority(authority).CertificatePem != certificate)
                    return false;
                CertificateAuthority.Load(PathOf(authority)).Dispose();
            }
            using var key = ServiceAccountKeyOf(ServiceAccountKey.KeyPem);
            return PublicPem(key) == announced.ServiceAccountKey;
        }
        catch (Exception missing) when (missing is PkiException or IOException or CryptographicException)
        {
            return false;
        }
    }

    /// <summary>Are they no longer to follow, but what a host accepts and nothing else?</summary>
    public bool AreInUse(HostPaths host) =>
        File.Exists(PathOf("ca") + ".crt") && PemText.Blocks(File.ReadAllText(host.Pki("ca.crt"))) is [var only] && only == Authority("ca").CertificatePem;

    /// <summary>Takes them from a host where they are in use already: its cluster went back to a snapshot of the time before.</summary>
    public void Adopt(HostPaths host, NewAuthorities announced)
    {
        if (!announced.Certificates.All(c => PemText.Blocks(File.ReadAllText(host.Pki(c.Key) + ".crt")) is [var own, ..] && own == c.Value))
            return;
        foreach (var name in announced.Certificates.Keys.Append(ServiceAccount))
            AtomicFile.Write(PathOf(name) + ".key", File.ReadAllText(host.Pki(name) + ".key"), AtomicFile.Secret);
        Complete(announced);
    }

    /// <summary>Writes the public halves of what <see cref="PrivateKeys"/> names.</summary>
    public void Complete(NewAuthorities announced)
    {
        foreach (var (authority, certificate) in announced.Certificates)
            AtomicFile.Write(PathOf(authority) + ".crt", certificate, AtomicFile.Public);
        AtomicFile.Write(PathOf(ServiceAccount) + ".pub", announced.ServiceAccountKey, AtomicFile.Public);
    }

    /// <exception cref="PkiException">It is not here.</exception>
    public KeyPair Authority(string name) => KeyPairFiles.Read(PathOf(name));

    /// <summary>The public key stands in for a certificate.</summary>
    public KeyPair ServiceAccountKey => new(File.ReadAllText(PathOf(ServiceAccount) + ".pub"), File.ReadAllText(PathOf(ServiceAccount) + ".key"));

    /// <summary>A certificate like one that another CA signed, for a new key.</summary>
    public KeyPair Reissue(HostCertificate certificate, X509Certificate2 current, TimeProvider time)
    {
        using var ca = CertificateAuthority.Load(PathOf(certificate.Authority));
        return ca.Reissue(current, time);
    }

    public void Delete()
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }

    private string PathOf(string name) => Path.Combine(folder, name);

    private void Write(string name, string ending, KeyPair pair)
    {
        // The second file is what tells that both are there.
        AtomicFile.Folder(folder);
        AtomicFile.Write(PathOf(name) + ".key", pair.KeyPem, AtomicFile.Secret);
        AtomicFile.Write(PathOf(name) + ending, pair.CertificatePem, AtomicFile.Public);
    }

    private static KeyPair NewServiceAccountKey(string oldPublicPem)
    {
        using var old = ServiceAccountKeyOf(PemText.Blocks(oldPublicPem)[0]);
        using var key = old is RSA ? KeyAlgorithm.Rsa2048.NewKey() : KeyAlgorithm.EcdsaP256.NewKey();
        return new(PublicPem(key), key.PrivateKeyPem());
    }

    private static string PublicPem(AsymmetricAlgorithm key) => key.ExportSubjectPublicKeyInfoPem() + "\n";

    /// <summary>A PEM text need not say which kind of key it holds.</summary>
    /// <exception cref="CryptographicException">It holds neither.</exception>
    internal static AsymmetricAlgorithm ServiceAccountKeyOf(string pem)
    {
        foreach (var create in new Func<AsymmetricAlgorithm>[] { RSA.Create, ECDsa.Create })
        {
            var key = create();
            try
            {
                key.ImportFromPem(pem);
                return key;
            }
            catch (Exception other) when (other is CryptographicException or ArgumentException)
            {
                key.Dispose();
            }
        }
        throw new CryptographicException("the key of service-account tokens is neither an RSA nor an EC key");
    }
}
