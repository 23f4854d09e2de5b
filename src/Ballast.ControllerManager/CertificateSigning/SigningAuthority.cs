using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Ballast.ControllerManager.Certificates;

namespace Ballast.ControllerManager.CertificateSigning;

/// <summary>Signs with the CA that its two files hold at that moment.</summary>
internal sealed class SigningAuthority(string certificateFile, string keyFile)
{
    /// <summary>For hosts whose clock is a little behind.</summary>
    private static readonly TimeSpan Backdate = TimeSpan.FromMinutes(5);

    /// <summary>A certificate shorter than this does not pay for the backdating with its lifetime.</summary>
    private static readonly TimeSpan Short = TimeSpan.FromHours(8);

    private static readonly Dictionary<string, X509KeyUsageFlags> KeyUsages = new()
    {
        ["signing"] = X509KeyUsageFlags.DigitalSignature,
        ["digital signature"] = X509KeyUsageFlags.DigitalSignature,
        ["content commitment"] = X509KeyUsageFlags.NonRepudiation,
        ["key encipherment"] = X509KeyUsageFlags.KeyEncipherment,
        ["key agreement"] = X509KeyUsageFlags.KeyAgreement,
        ["data encipherment"] = X509KeyUsageFlags.DataEncipherment,
        ["cert sign"] = X509KeyUsageFlags.KeyCertSign,
        ["crl sign"] = X509KeyUsageFlags.CrlSign,
        ["encipher only"] = X509KeyUsageFlags.EncipherOnly,
        ["decipher only"] = X509KeyUsageFlags.DecipherOnly,
    };

    private static readonly Dictionary<string, string> ExtendedUsages = new()
    {
        ["any"] = "2.5.29.37.0",
        ["server auth"] = "1.3.6.1.5.5.7.3.1",
        ["client auth"] = "1.3.6.1.5.5.7.3.2",
        ["code signing"] = "1.3.6.1.5.5.7.3.3",
        ["email protection"] = "1.3.6.1.5.5.7.3.4",
        ["s/mime"] = "1.3.6.1.5.5.7.3.4",
        ["ipsec end system"] = "1.3.6.1.5.5.7.3.5",
        ["ipsec tunnel"] = "1.3.6.1.5.5.7.3.6",
        ["ipsec user"] = "1.3.6.1.5.5.7.3.7",
        ["timestamping"] = "1.3.6.1.5.5.7.3.8",
        ["ocsp signing"] = "1.3.6.1.5.5.7.3.9",
        ["microsoft sgc"] = "1.3.6.1.4.1.311.10.3.3",
        ["netscape sgc"] = "2.16.840.1.113730.4.1",
    };

    /// <summary>Subject, key and alternative names are the request's; everything else is decided here.</summary>
    /// <returns>The certificate, as PEM.</returns>
    /// <exception cref="CryptographicException">The CA cannot be read, or has expired.</exception>
    public string Sign(RequestedCertificate asked, IEnumerable<string> usages, TimeSpan lifetime, DateTime now)
    {
        using var ca = X509Certificate2.CreateFromPemFile(certificateFile, keyFile);
        var from = new DateTimeOffset(now, TimeSpan.Zero) - Backdate;
        DateTimeOffset until = lifetime < Short ? new DateTimeOffset(now, TimeSpan.Zero) + lifetime : from + lifetime;
        if (until > ca.NotAfter)
            until = ca.NotAfter;
        if (until <= now)
            throw new CryptographicException($"refusing to sign a certificate that expired in the past: {certificateFile} is valid until {ca.NotAfter:u}");
        if (from < ca.NotBefore)
            from = ca.NotBefore;

        var request = new CertificateRequest(asked.Request.SubjectName, asked.Request.PublicKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        var (keyUsage, extended) = Split(usages);
        if (keyUsage != X509KeyUsageFlags.None)
            request.CertificateExtensions.Add(new X509KeyUsageExtension(keyUsage, critical: true));
        if (extended.Count > 0)
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(extended, critical: false));
        if (ca.Extensions.OfType<X509SubjectKeyIdentifierExtension>().Any())
            request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(ca, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        if (asked.AlternativeNames is { } names)
            request.CertificateExtensions.Add(names);
        var serial = RandomNumberGenerator.GetBytes(16);
        serial[0] = (byte)((serial[0] & 0x7f) | 0x40);
        using var key = ca.GetRSAPrivateKey() as AsymmetricAlgorithm ?? ca.GetECDsaPrivateKey();
        var generator = key is RSA rsa ? X509SignatureGenerator.CreateForRSA(rsa, RSASignaturePadding.Pkcs1) : X509SignatureGenerator.CreateForECDsa((ECDsa)key!);
        using var certificate = request.Create(ca.SubjectName, generator, from, until, serial);
        return certificate.ExportCertificatePem() + "\n";
    }

    private static (X509KeyUsageFlags Key, OidCollection Extended) Split(IEnumerable<string> usages)
    {
        var key = X509KeyUsageFlags.None;
        var extended = new OidCollection();
        foreach (var usage in usages)
        {
            if (KeyUsages.TryGetValue(usage, out var flag))
                key |= flag;
            else if (ExtendedUsages.TryGetValue(usage, out var oid))
                extended.Add(new Oid(oid));
            else
                throw new CryptographicException($"unrecognized usage: {usage}");
        }
        return (key, extended);
    }
}
