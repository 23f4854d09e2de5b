using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Ballast.Admin.Files;

namespace Ballast.Admin.Pki;

/// <summary>A certificate and its key, as PEM.</summary>
public sealed record KeyPair(string CertificatePem, string KeyPem);

/// <summary>One of the cluster's CAs: a self-signed certificate and its key, in <c>NAME.crt</c> and <c>NAME.key</c>.</summary>
public sealed class CertificateAuthority : IDisposable
{
    /// <summary>How long a CA is valid, counted in days.</summary>
    public const int CaDays = 3650;

    /// <summary>How long a certificate is valid, counted in days.</summary>
    public const int CertificateDays = 365;

    private static readonly Oid ServerAuthentication = new("1.3.6.1.5.5.7.3.1");
    private static readonly Oid ClientAuthentication = new("1.3.6.1.5.5.7.3.2");

    private readonly X509Certificate2 _certificate;

    private CertificateAuthority(X509Certificate2 certificate) => _certificate = certificate;

    public string CertificatePem => _certificate.ExportCertificatePem() + "\n";

    public DateTimeOffset NotAfter => _certificate.NotAfter;

    /// <summary>Reads the CA, or makes and writes it where neither of its files exists.</summary>
    /// <param name="path">Without an ending.</param>
    /// <param name="commonName">Of a new one.</param>
    /// <param name="algorithm">Of a new one.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="PkiException">One of the two files is missing, or they cannot be read.</exception>
    public static CertificateAuthority LoadOrCreate(string path, string commonName, KeyAlgorithm algorithm, TimeProvider time)
    {
        var (certificate, key) = (File.Exists(path + ".crt"), File.Exists(path + ".key"));
        if (certificate && key)
            return Load(path);
        if (certificate != key)
            throw new PkiException($"{path}.{(certificate ? "key" : "crt")} is missing while {path}.{(certificate ? "crt" : "key")} exists: put it back, or remove both to start with a new CA");
        return Create(path, commonName, algorithm, time);
    }

    /// <summary>Reads the CA. Where its certificate's file is a bundle, the first one is the CA's own.</summary>
    /// <exception cref="PkiException">A file cannot be read.</exception>
    public static CertificateAuthority Load(string path)
    {
        try
        {
            return new(X509Certificate2.CreateFromPemFile(path + ".crt", path + ".key"));
        }
        catch (Exception failure) when (failure is CryptographicException or ArgumentException or FileNotFoundException or DirectoryNotFoundException)
        {
            throw new PkiException($"the CA in {path}.crt and {path}.key cannot be read: {failure.Message}");
        }
    }

    /// <summary>Makes the CA that is to follow this one, with a new key of the same kind, under the same name.</summary>
    public KeyPair Successor(TimeProvider time)
    {
        using var key = NewKeyLike(_certificate);
        var request = RequestLike(_certificate, key);
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        var now = time.GetUtcNow();
        using var made = request.CreateSelfSigned(now.AddMinutes(-5), now.AddDays(CaDays));
        return new(made.ExportCertificatePem() + "\n", key.PrivateKeyPem());
    }

    private static CertificateAuthority Create(string path, string commonName, KeyAlgorithm algorithm, TimeProvider time)
    {
        using var key = algorithm.NewKey();
        var request = Request(commonName, [], key);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(
            X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyEncipherment | X509KeyUsageFlags.KeyCertSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(commonName);
        request.CertificateExtensions.Add(names.Build());
        var now = time.GetUtcNow();
        var made = new CertificateAuthority(request.CreateSelfSigned(now.AddMinutes(-5), now.AddDays(CaDays)));
        // The key first: a certificate without its key would look like a damaged CA after a crash between the two.
        AtomicFile.Write(path + ".key", key.PrivateKeyPem(), AtomicFile.Secret);
        AtomicFile.Write(path + ".crt", made.CertificatePem, AtomicFile.Public);
        return made;
    }

    /// <summary>Makes a key and a certificate for it, signed by this CA.</summary>
    public KeyPair Issue(CertificateSpec spec, KeyAlgorithm algorithm, TimeProvider time)
    {
        using var key = algorithm.NewKey();
        var request = Request(spec.CommonName, spec.Organizations, key);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(
            X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyEncipherment, critical: true));
        var usages = new OidCollection();
        if (spec.Server)
            usages.Add(ServerAuthentication);
        if (spec.Client)
            usages.Add(ClientAuthentication);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(usages, critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_certificate, true, false));
        if (spec.DnsNames.Count + spec.Addresses.Count > 0)
        {
            var names = new SubjectAlternativeNameBuilder();
            foreach (var name in spec.DnsNames.Distinct())
                names.AddDnsName(name);
            foreach (var address in spec.Addresses.Distinct())
                names.AddIpAddress(address);
            request.CertificateExtensions.Add(names.Build());
        }
        return Sign(request, key, time);
    }

    /// <summary>A certificate like <paramref name="current"/>, for a new key of the same kind: subject, names and usages are kept.</summary>
    public KeyPair Reissue(X509Certificate2 current, TimeProvider time)
    {
        using var key = NewKeyLike(current);
        var request = RequestLike(current, key);
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_certificate, true, false));
        return Sign(request, key, time);
    }

    /// <summary>Did the CA sign the certificate? By its key, for CAs that follow one another have the same name.</summary>
    /// <param name="caPem">The CA's own certificate.</param>
    /// <param name="certificate">What it may have signed.</param>
    public static bool HasSigned(string caPem, X509Certificate2 certificate)
    {
        using var ca = X509Certificate2.CreateFromPem(caPem);
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(ca);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationFlags = X509VerificationFlags.IgnoreNotTimeValid;
        return chain.Build(certificate);
    }

    private static CertificateRequest RequestLike(X509Certificate2 current, AsymmetricAlgorithm key)
    {
        var request = key is RSA rsa
            ? new CertificateRequest(current.SubjectName, rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            : new CertificateRequest(current.SubjectName, (ECDsa)key, HashAlgorithmName.SHA256);
        foreach (var extension in current.Extensions)
        {
            // These two are about the keys, which are others now.
            if (extension is not (X509AuthorityKeyIdentifierExtension or X509SubjectKeyIdentifierExtension))
                request.CertificateExtensions.Add(extension);
        }
        return request;
    }

    /// <summary>A new key of the same kind and size as the certificate's.</summary>
    internal static AsymmetricAlgorithm NewKeyLike(X509Certificate2 certificate)
    {
        using var rsa = certificate.GetRSAPublicKey();
        if (rsa is not null)
            return RSA.Create(rsa.KeySize);
        using var ecdsa = certificate.GetECDsaPublicKey() ?? throw new PkiException($"{certificate.Subject} has a key that is neither RSA nor ECDSA");
        return ECDsa.Create(ecdsa.ExportParameters(false).Curve);
    }

    private KeyPair Sign(CertificateRequest request, AsymmetricAlgorithm key, TimeProvider time)
    {
        var now = time.GetUtcNow();
        if (NotAfter <= now)
            throw new PkiException($"the CA {_certificate.Subject} has ended on {NotAfter:u}: what it signs nobody accepts; replace it with: ballast certs rotate-ca");
        var until = now.AddDays(CertificateDays);
        if (until > NotAfter)
            until = NotAfter;
        var from = now.AddMinutes(-5);
        if (from < _certificate.NotBefore)
            from = _certificate.NotBefore;
        var serial = RandomNumberGenerator.GetBytes(8);
        serial[0] &= 0x7f;
        using var own = _certificate.GetRSAPrivateKey() as AsymmetricAlgorithm ?? _certificate.GetECDsaPrivateKey()!;
        // By generator: a CA with a key of another kind signs too.
        var generator = own is RSA rsa ? X509SignatureGenerator.CreateForRSA(rsa, RSASignaturePadding.Pkcs1) : X509SignatureGenerator.CreateForECDsa((ECDsa)own);
        using var certificate = request.Create(_certificate.SubjectName, generator, from, until, serial);
        return new(certificate.ExportCertificatePem() + "\n", key.PrivateKeyPem());
    }

    /// <summary>What a client asks another's CA to sign.</summary>
    public static CertificateRequest Request(CertificateSpec spec, AsymmetricAlgorithm key) => Request(spec.CommonName, spec.Organizations, key);

    public void Dispose() => _certificate.Dispose();

    private static CertificateRequest Request(string commonName, IReadOnlyList<string> organizations, AsymmetricAlgorithm key)
    {
        var subject = new X500DistinguishedNameBuilder();
        foreach (var organization in organizations)
            subject.AddOrganizationName(organization);
        subject.AddCommonName(commonName);
        return key is RSA rsa
            ? new(subject.Build(), rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            : new(subject.Build(), (ECDsa)key, HashAlgorithmName.SHA256);
    }
}

/// <summary>Something is wrong with the PKI's files; the message says which and what to do.</summary>
public sealed class PkiException(string message) : Exception(message);
