using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Ballast.ComponentBase.Commands;
using Microsoft.IdentityModel.Tokens;

namespace Ballast.ApiServer.Authentication.ServiceAccounts;

/// <summary>The keys of service account tokens, from PEM files: RSA or ECDSA, private, public or certificate.</summary>
public static class TokenKeys
{
    /// <summary>The public keys of all <c>--service-account-key-file</c>s; a file may hold several.</summary>
    /// <exception cref="UsageException">A file cannot be read or holds no usable key.</exception>
    public static IReadOnlyList<SecurityKey> Public(IEnumerable<string> files) => [.. files.SelectMany(file =>
    {
        var keys = Blocks(file).Select(ReadKey).OfType<SecurityKey>().ToArray();
        return keys.Length > 0 ? keys : throw new UsageException($"{file} holds no RSA or ECDSA public key");
    }).DistinctBy(key => key.KeyId)];

    /// <summary>The key of <c>--service-account-signing-key-file</c>.</summary>
    /// <exception cref="UsageException">The file cannot be read or holds no private key.</exception>
    public static SigningCredentials Signing(string file)
    {
        foreach (var pem in Blocks(file).Where(pem => pem.Contains("PRIVATE KEY", StringComparison.Ordinal)))
        {
            if (ReadKey(pem) is { } key)
                return new SigningCredentials(key, Algorithm(key));
        }
        throw new UsageException($"{file} holds no RSA or ECDSA private key");
    }

    /// <summary><c>RS256</c>, <c>ES256</c>, <c>ES384</c> or <c>ES512</c>.</summary>
    public static string Algorithm(SecurityKey key) => key is ECDsaSecurityKey ec
        ? ec.ECDsa.KeySize switch { 256 => SecurityAlgorithms.EcdsaSha256, 384 => SecurityAlgorithms.EcdsaSha384, _ => SecurityAlgorithms.EcdsaSha512 }
        : SecurityAlgorithms.RsaSha256;

    private static IEnumerable<string> Blocks(string file)
    {
        string text;
        try
        {
            text = File.ReadAllText(file);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"cannot read the service account key file {file}: {failure.Message}");
        }
        for (var rest = 0; PemEncoding.TryFind(text.AsSpan(rest), out var fields);)
        {
            var location = fields.Location;
            yield return text[(rest + location.Start.Value)..(rest + location.End.Value)];
            rest += location.End.Value;
        }
    }

    // EC PARAMETERS and other blocks that hold no key are passed over.
    private static SecurityKey? ReadKey(string pem)
    {
        if (pem.StartsWith("-----BEGIN CERTIFICATE", StringComparison.Ordinal))
        {
            using var certificate = X509Certificate2.CreateFromPem(pem);
            return certificate.GetRSAPublicKey() is { } rsa ? Named(new RsaSecurityKey(rsa), rsa.ExportSubjectPublicKeyInfo())
                : certificate.GetECDsaPublicKey() is { } ec ? Named(new ECDsaSecurityKey(ec), ec.ExportSubjectPublicKeyInfo()) : null;
        }
        return TryImport(RSA.Create(), pem) is { } asRsa ? Named(new RsaSecurityKey(asRsa), asRsa.ExportSubjectPublicKeyInfo())
            : TryImport(ECDsa.Create(), pem) is { } asEc ? Named(new ECDsaSecurityKey(asEc), asEc.ExportSubjectPublicKeyInfo()) : null;
    }

    private static T? TryImport<T>(T key, string pem)
        where T : AsymmetricAlgorithm
    {
        try
        {
            key.ImportFromPem(pem);
            return key;
        }
        catch (Exception failure) when (failure is ArgumentException or CryptographicException)
        {
            key.Dispose();
            return null;
        }
    }

    // The id that upstream derives too: servers of both kinds with one key name it alike.
    private static T Named<T>(T key, byte[] subjectPublicKeyInfo)
        where T : SecurityKey
    {
        key.KeyId = Base64UrlEncoder.Encode(SHA256.HashData(subjectPublicKeyInfo));
        return key;
    }
}
