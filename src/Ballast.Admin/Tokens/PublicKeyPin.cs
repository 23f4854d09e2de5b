using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Ballast.Admin.Clusters;

namespace Ballast.Admin.Tokens;

/// <summary>A CA by the hash of its public key, as <c>--discovery-token-ca-cert-hash</c> takes it: <c>sha256:HEX</c>.</summary>
public static class PublicKeyPin
{
    private const string Prefix = "sha256:";

    public static string Of(X509Certificate2 certificate) =>
        Prefix + Convert.ToHexStringLower(SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo()));

    /// <summary>The pin of the first certificate in a file.</summary>
    public static string OfFile(string path)
    {
        using var certificate = X509CertificateLoader.LoadCertificateFromFile(path);
        return Of(certificate);
    }

    /// <exception cref="ClusterException">It is no pin.</exception>
    public static string Check(string pin) =>
        pin.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) && pin.Length == Prefix.Length + 64 && pin[Prefix.Length..].All(char.IsAsciiHexDigit)
            ? pin.ToLowerInvariant() : throw new ClusterException($"\"{pin}\" is not the hash of a CA: write sha256: and 64 hexadecimal digits", 2);
}
