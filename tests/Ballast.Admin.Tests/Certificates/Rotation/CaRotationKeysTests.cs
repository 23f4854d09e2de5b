using System.Security.Cryptography;
using Ballast.Admin.Certificates.Rotation;

namespace Ballast.Admin.Tests.Certificates.Rotation;

public sealed class CaRotationKeysTests
{
    [Fact]
    public void Either_kind_of_key_is_known_in_every_form()
    {
        using var rsa = RSA.Create(2048);
        using var ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        foreach (var pem in (string[])[rsa.ExportPkcs8PrivateKeyPem(), rsa.ExportRSAPrivateKeyPem(), rsa.ExportSubjectPublicKeyInfoPem()])
            Assert.Equal(rsa.ExportSubjectPublicKeyInfoPem(), Read(pem));
        foreach (var pem in (string[])[ec.ExportPkcs8PrivateKeyPem(), ec.ExportECPrivateKeyPem(), ec.ExportSubjectPublicKeyInfoPem(), WithTheLettersOfTheOther()])
            Assert.StartsWith("-----BEGIN PUBLIC KEY-----", Read(pem), StringComparison.Ordinal);
        Assert.Throws<CryptographicException>(() => CaRotationKeys.ServiceAccountKeyOf("no key"));
    }

    private static string Read(string pem)
    {
        using var key = CaRotationKeys.ServiceAccountKeyOf(pem);
        return key.ExportSubjectPublicKeyInfoPem();
    }

    /// <summary>One in about two thousand keys has them somewhere.</summary>
    private static string WithTheLettersOfTheOther()
    {
        while (true)
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            if (key.ExportPkcs8PrivateKeyPem() is var pem && pem.Contains("RSA", StringComparison.Ordinal))
                return pem;
        }
    }
}
