using System.Security.Cryptography;
using Ballast.Admin.Clusters;
using Ballast.Admin.Tokens;

namespace Ballast.Admin.Tests.Tokens;

public sealed class TokenTests
{
    [Fact]
    public void A_generated_token_is_one_and_does_not_show_its_secret()
    {
        var token = BootstrapToken.Generate();
        Assert.Equal(token.Text, BootstrapToken.Parse(token.Text).Text);
        Assert.NotEqual(token.Text, BootstrapToken.Generate().Text);
        Assert.DoesNotContain(token.Secret, $"{token}", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("xyzuvw")]
    [InlineData("ABCDEF.0123456789abcdef")]
    [InlineData("abcdef.0123456789abcdef\n")]
    [InlineData("abcde.0123456789abcdef")]
    public void What_is_no_token_is_refused_without_being_repeated(string text) =>
        Assert.DoesNotContain(text, Assert.Throws<ClusterException>(() => BootstrapToken.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Certificates_come_back_with_the_key_they_were_encrypted_with_and_no_other()
    {
        var key = CertificateKey.Generate();
        var encrypted = key.Encrypt("a secret"u8);
        Assert.Equal("a secret"u8.ToArray(), CertificateKey.Parse(key.Text).Decrypt(encrypted));
        Assert.NotEqual(encrypted, key.Encrypt("a secret"u8));
        Assert.ThrowsAny<CryptographicException>(() => CertificateKey.Generate().Decrypt(encrypted));
        encrypted[^1] ^= 1;
        Assert.ThrowsAny<CryptographicException>(() => key.Decrypt(encrypted));
        Assert.ThrowsAny<CryptographicException>(() => key.Decrypt([1, 2, 3]));
        Assert.Throws<ClusterException>(() => CertificateKey.Parse(key.Text[1..]));
    }

    [Fact]
    public void Cluster_info_is_believed_with_the_signature_of_its_token_alone()
    {
        // The same content, token and signature as in the tests of the controller that signs; computed with openssl.
        const string Signature = "eyJhbGciOiJIUzI1NiIsImtpZCI6ImFiY2RlZiJ9..h11vMpYI__PvxknzU4bSSYBkrVbHQESsMnLkpo3ZokU";
        Assert.True(ClusterInfo.IsSigned("a kubeconfig", Signature, BootstrapToken.Parse("abcdef.0123456789abcdef")));
        Assert.False(ClusterInfo.IsSigned("another kubeconfig", Signature, BootstrapToken.Parse("abcdef.0123456789abcdef")));
        Assert.False(ClusterInfo.IsSigned("a kubeconfig", Signature, BootstrapToken.Parse("abcdef.0123456789abcdee")));
        Assert.False(ClusterInfo.IsSigned("a kubeconfig", "", BootstrapToken.Parse("abcdef.0123456789abcdef")));
    }

    [Fact]
    public void Cluster_info_reads_as_it_was_written()
    {
        var info = new ClusterInfo("https://api.example.com:6443", "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n");
        Assert.Equal(info, ClusterInfo.Parse(info.Render()));
        Assert.Throws<ClusterException>(() => ClusterInfo.Parse("clusters: []"));
        Assert.Throws<ClusterException>(() => ClusterInfo.Parse("a: ["));
    }

    [Theory]
    [InlineData("sha256:12")]
    [InlineData("md5:0000000000000000000000000000000000000000000000000000000000000000")]
    public void What_is_no_pin_is_refused(string pin) => Assert.Throws<ClusterException>(() => PublicKeyPin.Check(pin));
}
