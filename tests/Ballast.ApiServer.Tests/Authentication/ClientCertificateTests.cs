using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Authentication;
using Ballast.ComponentBase.Serving;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Ballast.ApiServer.Tests.Authentication;

public sealed class ClientCertificateTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private readonly FakeTimeProvider _time = new(Now);
    private readonly string _file = Path.GetTempFileName();
    private readonly X509Certificate2 _authority = Authority("one");
    private readonly ClientCertificateAuthenticator _authenticator;

    public ClientCertificateTests()
    {
        File.WriteAllText(_file, _authority.ExportCertificatePem());
        _authenticator = new(new CertificateAuthorities(_file, _time, NullLogger.Instance), _time, NullLogger.Instance);
    }

    public void Dispose()
    {
        File.Delete(_file);
        _authority.Dispose();
    }

    [Fact]
    public async Task Common_name_is_the_user_and_each_organization_a_group()
    {
        using var certificate = Issue(_authority, Subject("jane", "dev", "ops"));
        var user = await AuthenticateAsync(Context(certificate));
        Assert.Equal("jane", user!.Name);
        Assert.Equal(["dev", "ops", "system:authenticated"], user.Groups);
        Assert.StartsWith("X509SHA256=", user.Extra["authentication.kubernetes.io/credential-id"][0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_shares_one_user()
    {
        using var certificate = Issue(_authority, Subject("jane"));
        var context = Context(certificate);
        Assert.Same(await AuthenticateAsync(context), await AuthenticateAsync(context));
    }

    [Fact]
    public async Task No_certificate_is_no_opinion() => Assert.Null(await AuthenticateAsync(Context(null)));

    [Fact]
    public async Task Another_authority_a_serving_certificate_and_an_expired_one_are_refused()
    {
        using var stranger = Authority("one");
        using var strangers = Issue(stranger, Subject("jane"));
        using var serving = Issue(_authority, Subject("jane"), usage: "1.3.6.1.5.5.7.3.1");
        using var good = Issue(_authority, Subject("jane"));
        await RefusedAsync(Context(strangers));
        await RefusedAsync(Context(serving));

        var connection = Context(good);
        Assert.NotNull(await AuthenticateAsync(connection));
        _time.Advance(TimeSpan.FromDays(2));
        await RefusedAsync(connection);
        await RefusedAsync(Context(good));
    }

    [Fact]
    public async Task A_rotated_authority_is_read_and_open_connections_are_judged_anew()
    {
        using var next = Authority("two");
        using var old = Issue(_authority, Subject("jane"));
        using var renewed = Issue(next, Subject("jane"));
        var connection = Context(old);
        Assert.NotNull(await AuthenticateAsync(connection));

        await File.WriteAllTextAsync(_file, next.ExportCertificatePem(), TestContext.Current.CancellationToken);
        File.SetLastWriteTimeUtc(_file, DateTime.UtcNow.AddMinutes(1));
        _time.Advance(TimeSpan.FromSeconds(10));
        await RefusedAsync(connection);
        Assert.NotNull(await AuthenticateAsync(Context(renewed)));

        // A half-written file changes nothing.
        await File.WriteAllTextAsync(_file, "", TestContext.Current.CancellationToken);
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.NotNull(await AuthenticateAsync(Context(renewed)));
    }

    [Theory]
    [InlineData("/livez", true)]
    [InlineData("/version", true)]
    [InlineData("/api/v1/pods", false)]
    [InlineData("/metrics", false)]
    [InlineData("/livez/etcd", false)]
    public async Task Without_a_credential_only_health_and_version_answer(string path, bool open)
    {
        var context = Context(null);
        context.Request.Path = path;
        var chain = new AuthenticatorChain([_authenticator]);
        if (open)
            Assert.True((await chain.AuthenticateAsync(context, TestContext.Current.CancellationToken))!.IsAnonymous);
        else
            Assert.Equal(401, (await Assert.ThrowsAsync<StatusException>(async () => await chain.AuthenticateAsync(context, TestContext.Current.CancellationToken))).Code);
    }

    [Fact]
    public async Task A_bad_credential_never_becomes_anonymous()
    {
        using var stranger = Authority("x");
        using var certificate = Issue(stranger, Subject("jane"));
        var context = Context(certificate);
        context.Request.Path = "/livez";
        var chain = new AuthenticatorChain([_authenticator]);
        _ = await Assert.ThrowsAsync<StatusException>(async () => await chain.AuthenticateAsync(context, TestContext.Current.CancellationToken));
    }

    private async Task RefusedAsync(HttpContext context)
    {
        var refusal = await Assert.ThrowsAsync<StatusException>(async () => await AuthenticateAsync(context));
        Assert.Equal((401, "Unauthorized"), (refusal.Code, refusal.Message));
    }

    private ValueTask<UserInfo?> AuthenticateAsync(HttpContext context) => _authenticator.AuthenticateAsync(context, TestContext.Current.CancellationToken);

    private static DefaultHttpContext Context(X509Certificate2? certificate)
    {
        var context = new DefaultHttpContext();
        context.Connection.ClientCertificate = certificate;
        context.Features.Set<IConnectionItemsFeature>(new Items());
        return context;
    }

    // As Go writes it: all organizations in one relative name.
    private static X500DistinguishedName Subject(string name, params string[] organizations)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            if (organizations.Length > 0)
            {
                using (writer.PushSetOf())
                {
                    foreach (var organization in organizations)
                        Attribute(writer, "2.5.4.10", organization);
                }
            }
            using (writer.PushSetOf())
                Attribute(writer, "2.5.4.3", name);
        }
        return new(writer.Encode());

        static void Attribute(AsnWriter writer, string oid, string value)
        {
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(oid);
                writer.WriteCharacterString(UniversalTagNumber.UTF8String, value);
            }
        }
    }

    private static X509Certificate2 Authority(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(Now.AddDays(-10), Now.AddDays(100));
    }

    private static X509Certificate2 Issue(X509Certificate2 authority, X500DistinguishedName subject, string usage = "1.3.6.1.5.5.7.3.2")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], false));
        return request.Create(authority, Now.AddDays(-1), Now.AddDays(1), RandomNumberGenerator.GetBytes(8));
    }

    private sealed class Items : IConnectionItemsFeature
    {
        IDictionary<object, object?> IConnectionItemsFeature.Items { get; set; } = new Dictionary<object, object?>();
    }
}
