using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Authentication;
using Ballast.ComponentBase.Serving;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ballast.ApiServer.Tests.Authentication;

public sealed class RequestHeaderTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();
    private readonly X509Certificate2 _proxy = Certificate("front-proxy-client");

    public RequestHeaderTests() => File.WriteAllText(_file, _proxy.ExportCertificatePem());

    public void Dispose()
    {
        File.Delete(_file);
        _proxy.Dispose();
    }

    [Fact]
    public async Task A_proxy_says_who_the_user_is()
    {
        var user = await AuthenticateAsync(_proxy, "front-proxy-client");
        Assert.Equal(("jane", "u-1"), (user!.Name, user.Uid));
        Assert.Equal(["dev", "ops", "system:authenticated"], user.Groups);
        Assert.Equal(["view", "edit"], user.Extra["example.com/scopes"]);
    }

    [Fact]
    public async Task A_client_that_is_no_proxy_is_not_believed()
    {
        using var stranger = Certificate("front-proxy-client");
        _ = await Assert.ThrowsAsync<StatusException>(() => AuthenticateAsync(stranger, "front-proxy-client"));
        _ = await Assert.ThrowsAsync<StatusException>(() => AuthenticateAsync(_proxy, "another-proxy"));
        Assert.Null(await AuthenticateAsync(null, "front-proxy-client"));
    }

    private async Task<UserInfo?> AuthenticateAsync(X509Certificate2? certificate, string allowedName)
    {
        var options = new RequestHeaderOptions([allowedName], ["X-Remote-User"])
        {
            UidHeaders = ["X-Remote-Uid"],
            GroupHeaders = ["X-Remote-Group"],
            ExtraHeaderPrefixes = ["X-Remote-Extra-"],
        };
        var context = new DefaultHttpContext();
        context.Connection.ClientCertificate = certificate;
        context.Request.Headers["X-Remote-User"] = "jane";
        context.Request.Headers["X-Remote-Uid"] = "u-1";
        context.Request.Headers["X-Remote-Group"] = new(["dev", "ops"]);
        context.Request.Headers["X-Remote-Extra-Example.com%2fScopes"] = new(["view", "edit"]);
        var authenticator = new RequestHeaderAuthenticator(options, new CertificateAuthorities(_file, TimeProvider.System, NullLogger.Instance));
        return await authenticator.AuthenticateAsync(context, TestContext.Current.CancellationToken);
    }

    private static X509Certificate2 Certificate(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }
}
