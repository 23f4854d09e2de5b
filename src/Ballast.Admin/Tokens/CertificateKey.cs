using System.Security.Cryptography;
using Ballast.Admin.Clusters;

namespace Ballast.Admin.Tokens;

/// <summary>
/// The key that the control planes' shared certificates are encrypted with while they wait in the cluster: AES-256-GCM, the nonce in front. It is printed once, by
/// the command that makes it, and kept nowhere.
/// </summary>
public sealed class CertificateKey
{
    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    private readonly byte[] _key;

    private CertificateKey(byte[] key) => _key = key;

    /// <summary>In hexadecimal, to be given to whoever joins.</summary>
    public string Text => Convert.ToHexStringLower(_key);

    public static CertificateKey Generate() => new(RandomNumberGenerator.GetBytes(32));

    /// <exception cref="ClusterException">It is no key; the message does not repeat it.</exception>
    public static CertificateKey Parse(string text)
    {
        if (text.Length != 64 || !text.All(char.IsAsciiHexDigit))
            throw new ClusterException("the certificate key should be 64 hexadecimal digits, as 'ballast init --upload-certs' prints it", 2);
        return new(Convert.FromHexString(text));
    }

    public byte[] Encrypt(ReadOnlySpan<byte> plain)
    {
        var sealedText = new byte[NonceBytes + plain.Length + TagBytes];
        RandomNumberGenerator.Fill(sealedText.AsSpan(0, NonceBytes));
        using var aes = new AesGcm(_key, TagBytes);
        aes.Encrypt(sealedText.AsSpan(0, NonceBytes), plain, sealedText.AsSpan(NonceBytes, plain.Length), sealedText.AsSpan(NonceBytes + plain.Length));
        return sealedText;
    }

    /// <exception cref="CryptographicException">It was encrypted with another key, or changed since.</exception>
    public byte[] Decrypt(ReadOnlySpan<byte> sealedText)
    {
        if (sealedText.Length < NonceBytes + TagBytes)
            throw new CryptographicException("it is too short");
        var plain = new byte[sealedText.Length - NonceBytes - TagBytes];
        using var aes = new AesGcm(_key, TagBytes);
        aes.Decrypt(sealedText[..NonceBytes], sealedText[NonceBytes..^TagBytes], sealedText[^TagBytes..], plain);
        return plain;
    }
}
