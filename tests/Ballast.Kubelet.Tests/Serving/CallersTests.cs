using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Ballast.ComponentBase.Commands;
using Ballast.Kubelet.Serving;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ballast.Kubelet.Tests.Serving;

public sealed class CallersTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly ECDsa _caKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _ca;

    public CallersTests()
    {
        var request = new CertificateRequest("CN=kubernetes", _caKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        _ca = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1));
        File.WriteAllText(_folder["ca.crt"], _ca.ExportCertificatePem());
    }

    public void Dispose()
    {
        _ca.Dispose();
        _caKey.Dispose();
        _folder.Dispose();
    }

    private X509Certificate2 Issue(string subject)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.2")], false));
        return request.Create(_ca, DateTimeOffset.UtcNow.AddMinutes(-1), DateTimeOffset.UtcNow.AddMinutes(30), [1, 2, 3]);
    }

    private async Task<int> AskAsync(X509Certificate2? certificate, string? ca)
    {
        var http = new DefaultHttpContext();
        http.Connection.ClientCertificate = certificate;
        return await new Callers(ca, new ComponentContext(NullLoggerFactory.Instance, TimeProvider.System)).RefuseAsync(http) ? http.Response.StatusCode : 200;
    }

    [Theory]
    [InlineData("CN=kube-apiserver-kubelet-client, O=kubeadm:cluster-admins", 200)]
    [InlineData("CN=kube-apiserver-kubelet-client, O=system:masters", 200)]
    [InlineData("CN=system:node:worker-1, O=system:nodes", 403)]
    [InlineData("CN=system:masters", 403)]
    public async Task By_the_groups_of_the_certificate(string subject, int expected)
    {
        using var certificate = Issue(subject);
        Assert.Equal(expected, await AskAsync(certificate, _folder["ca.crt"]));
    }

    [Fact]
    public async Task Nobody_without_a_certificate_of_the_ca()
    {
        Assert.Equal(401, await AskAsync(null, _folder["ca.crt"]));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var own = new CertificateRequest("CN=me, O=system:masters", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddMinutes(-1), DateTimeOffset.UtcNow.AddMinutes(30));
        Assert.Equal(401, await AskAsync(own, _folder["ca.crt"]));
        using var good = Issue("CN=admin, O=system:masters");
        Assert.Equal(401, await AskAsync(good, ca: null));
    }
}
