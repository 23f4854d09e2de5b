using System.Security.Cryptography;

namespace Ballast.Admin.Pki;

/// <summary>Kinds of keys for new certificates; named as kubeadm's <c>encryptionAlgorithm</c>.</summary>
public enum KeyAlgorithm
{
    /// <summary><c>ECDSA-P256</c>: small and quick to make; the default.</summary>
    EcdsaP256,

    /// <summary><c>RSA-2048</c>: for neighbours that know nothing else.</summary>
    Rsa2048,
}

/// <summary>The names users write, and making keys.</summary>
public static class KeyAlgorithms
{
    public static IReadOnlyList<string> Names { get; } = ["ECDSA-P256", "RSA-2048"];

    public static bool TryParse(string name, out KeyAlgorithm algorithm)
    {
        algorithm = name == "RSA-2048" ? KeyAlgorithm.Rsa2048 : KeyAlgorithm.EcdsaP256;
        return Names.Contains(name);
    }

    public static string Name(this KeyAlgorithm algorithm) => Names[(int)algorithm];

    public static AsymmetricAlgorithm NewKey(this KeyAlgorithm algorithm) =>
        algorithm == KeyAlgorithm.Rsa2048 ? RSA.Create(2048) : ECDsa.Create(ECCurve.NamedCurves.nistP256);

    /// <summary>PKCS#1 or SEC 1, as kubeadm writes them.</summary>
    public static string PrivateKeyPem(this AsymmetricAlgorithm key) => key switch
    {
        RSA rsa => rsa.ExportRSAPrivateKeyPem() + "\n",
        ECDsa ecdsa => ecdsa.ExportECPrivateKeyPem() + "\n",
        _ => throw new NotSupportedException($"a key of type {key.GetType().Name}"),
    };
}
