using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Authentication;
using Ballast.ApiServer.Authentication.ServiceAccounts;
using Ballast.ApiServer.Registry;
using Ballast.Testing.ApiServer;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Ballast.ApiServer.Tests.Authentication;

public sealed class ServiceAccountTokenTests : IAsyncLifetime
{
    private const string Issuer = "https://kubernetes.default.svc.cluster.local";
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private readonly FakeTimeProvider _time = new(Now);
    private readonly InMemoryCatalog _catalog = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("auth-tokens-").FullName;

    public async ValueTask InitializeAsync()
    {
        _ = await _catalog["serviceaccounts"].AddAsync("""{"metadata":{"name":"robot","namespace":"web","uid":"sa-1"}}""");
        _ = await _catalog["pods"].AddAsync("""{"metadata":{"name":"p","namespace":"web","uid":"pod-1"},"spec":{"serviceAccountName":"robot","nodeName":"n1"}}""");
        _ = await _catalog["nodes"].AddAsync("""{"metadata":{"name":"n1","uid":"node-1"}}""");
        using var rsa = RSA.Create(2048);
        using var ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await File.WriteAllTextAsync(At("rsa"), rsa.ExportRSAPrivateKeyPem());
        await File.WriteAllTextAsync(At("ec"), ec.ExportECPrivateKeyPem());
        await File.WriteAllTextAsync(At("other"), other.ExportPkcs8PrivateKeyPem());
        await File.WriteAllTextAsync(At("pub"), rsa.ExportSubjectPublicKeyInfoPem() + "\n" + ec.ExportSubjectPublicKeyInfoPem());
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return default;
    }

    [Theory]
    [InlineData("rsa", "RS256")]
    [InlineData("ec", "ES256")]
    public async Task An_issued_token_is_known_by_any_of_the_public_keys(string key, string algorithm)
    {
        var server = Server(key);
        var answer = await RequestAsync(server, """{"spec":{"boundObjectRef":{"apiVersion":"v1","kind":"Pod","name":"p","uid":"pod-1"}}}""");
        var token = answer["status"]!["token"]!.GetValue<string>();
        Assert.Equal("2026-01-01T13:00:00Z", answer["status"]!["expirationTimestamp"]!.GetValue<string>());
        Assert.Contains($"\"alg\":\"{algorithm}\"", Decode(token.Split('.')[0]), StringComparison.Ordinal);

        var user = await AuthenticateAsync(server, token);
        Assert.Equal(("system:serviceaccount:web:robot", "sa-1"), (user!.Name, user.Uid));
        Assert.Equal(["system:serviceaccounts", "system:serviceaccounts:web", "system:authenticated"], user.Groups);
        Assert.Equal("p", user.Extra["authentication.kubernetes.io/pod-name"][0]);
        Assert.Equal("pod-1", user.Extra["authentication.kubernetes.io/pod-uid"][0]);
        Assert.Equal("n1", user.Extra["authentication.kubernetes.io/node-name"][0]);
        Assert.Equal("node-1", user.Extra["authentication.kubernetes.io/node-uid"][0]);
        Assert.StartsWith("JTI=", user.Extra["authentication.kubernetes.io/credential-id"][0], StringComparison.Ordinal);
        Assert.Same(user, await AuthenticateAsync(server, token));
    }

    [Fact]
    public async Task A_pods_default_token_outlives_its_expiration_and_says_when_to_warn()
    {
        var answer = await RequestAsync(Server("rsa"), """{"spec":{"expirationSeconds":3607,"boundObjectRef":{"apiVersion":"v1","kind":"Pod","name":"p"}}}""");
        var claims = JsonNode.Parse(Decode(answer["status"]!["token"]!.GetValue<string>().Split('.')[1]))!;
        Assert.Equal(Now.AddDays(365).ToUnixTimeSeconds(), claims["exp"]!.GetValue<long>());
        Assert.Equal(Now.AddSeconds(3607).ToUnixTimeSeconds(), claims["kubernetes.io"]!["warnafter"]!.GetValue<long>());
        Assert.Equal(Issuer, claims["aud"]![0]!.GetValue<string>());
        Assert.Equal("2026-01-01T13:00:07Z", answer["status"]!["expirationTimestamp"]!.GetValue<string>());
    }

    [Fact]
    public async Task An_expired_token_a_foreign_key_and_a_broken_one_are_refused()
    {
        var server = Server("rsa");
        var token = await TokenAsync(server);
        _time.Advance(TimeSpan.FromMinutes(60));
        Assert.NotNull(await AuthenticateAsync(server, token));
        _time.Advance(TimeSpan.FromMinutes(2));
        await RefusedAsync(server, token);
        await RefusedAsync(server, await TokenAsync(Server("other")));
        var fresh = await TokenAsync(server);
        await RefusedAsync(server, fresh[..^6] + "AAAAAA");
        await RefusedAsync(server, "nonsense");
    }

    [Fact]
    public async Task A_token_for_another_audience_is_only_good_there()
    {
        var server = Server("rsa");
        var token = (await RequestAsync(server, """{"spec":{"audiences":["vault"]}}"""))["status"]!["token"]!.GetValue<string>();
        await RefusedAsync(server, token);

        var review = await ReviewAsync(server, token, "vault", "other");
        Assert.Equal("""["vault"]""", review["status"]!["audiences"]!.ToJsonString());
        Assert.Equal("system:serviceaccount:web:robot", review["status"]!["user"]!["username"]!.GetValue<string>());
        Assert.Equal($"invalid bearer token, token audiences is invalid for the target audiences [{Issuer}]", (await ReviewAsync(server, token))["status"]!["error"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("pods", "p", "pod-2")]
    [InlineData("serviceaccounts", "robot", "sa-2")]
    public async Task A_token_dies_with_what_it_is_bound_to(string resource, string name, string newUid)
    {
        var server = Server("rsa");
        var token = await TokenAsync(server);
        Assert.NotNull(await AuthenticateAsync(server, token));
        await _catalog[resource].RemoveAsync("web", name);
        _time.Advance(TimeSpan.FromSeconds(11));
        await RefusedAsync(server, token);
        _ = await _catalog[resource].AddAsync($$$$$$"""{"metadata":{"name":"{{{{{{name}}}}}}","namespace":"web","uid":"{{{{{{newUid}}}}}}"}}""");
        await RefusedAsync(server, token);
    }

    [Theory]
    [InlineData("""{"spec":{"expirationSeconds":599}}""", 422, "TokenRequest.authentication.k8s.io \"\" is invalid: spec.expirationSeconds: Invalid value: 599: may not specify a duration less than 10 minutes")]
    [InlineData("""{"spec":{"expirationSeconds":4294967297}}""", 422, "TokenRequest.authentication.k8s.io \"\" is invalid: spec.expirationSeconds: Invalid value: 4294967297: may not specify a duration larger than 2^32 seconds")]
    [InlineData("""{"spec":{"boundObjectRef":{"apiVersion":"v1","kind":"Pod","name":"gone"}}}""", 404, "pods \"gone\" not found")]
    [InlineData("""{"spec":{"boundObjectRef":{"apiVersion":"v1","kind":"Pod","name":"p","uid":"x"}}}""", 409,
        "Operation cannot be fulfilled on Pod \"p\": the UID in the bound object reference (x) does not match the UID in record. The object might have been deleted and then recreated")]
    [InlineData("""{"spec":{"boundObjectRef":{"apiVersion":"v1","kind":"ConfigMap","name":"p"}}}""", 400, "cannot bind token to object of type /v1, Kind=ConfigMap")]
    public async Task A_wrong_request_is_refused_in_upstreams_words(string body, int code, string message)
    {
        var refusal = await Assert.ThrowsAsync<StatusException>(() => RequestAsync(Server("rsa"), body));
        Assert.Equal((code, message), (refusal.Code, refusal.Message));
    }

    [Fact]
    public void The_keys_are_published()
    {
        var discovery = new IssuerDiscovery(Options("rsa"), "10.0.0.1:6443");
        var configuration = JsonNode.Parse(discovery.Configuration)!;
        Assert.Equal(Issuer, configuration["issuer"]!.GetValue<string>());
        Assert.Equal("https://10.0.0.1:6443/openid/v1/jwks", configuration["jwks_uri"]!.GetValue<string>());
        Assert.Equal("""["RS256","ES256"]""", configuration["id_token_signing_alg_values_supported"]!.ToJsonString());
        var keys = JsonNode.Parse(discovery.Keys)!["keys"]!.AsArray();
        Assert.Equal(["use", "kty", "kid", "alg", "n", "e"], keys[0]!.AsObject().Select(k => k.Key));
        Assert.Equal(["use", "kty", "kid", "crv", "alg", "x", "y"], keys[1]!.AsObject().Select(k => k.Key));
    }

    [Theory]
    [InlineData("{}", true)]
    [InlineData("""{"expiration":"2026-01-01T11:59:59Z"}""", false)]
    [InlineData("""{"token-secret":"0123456789abcdee"}""", false)]
    [InlineData("""{"usage-bootstrap-authentication":"false"}""", false)]
    [InlineData("""{"auth-extra-groups":"system:masters"}""", false)]
    public async Task Bootstrap_tokens_come_from_their_secret(string changes, bool valid)
    {
        var data = new JsonObject
        {
            ["token-id"] = "abcdef",
            ["token-secret"] = "0123456789abcdef",
            ["usage-bootstrap-authentication"] = "true",
            ["expiration"] = "2026-01-01T12:30:00Z",
            ["auth-extra-groups"] = "system:bootstrappers:kubeadm:default-node-token",
        };
        foreach (var (key, value) in JsonNode.Parse(changes)!.AsObject())
            data[key] = value!.DeepClone();
        foreach (var (key, value) in data.ToArray())
            data[key] = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(value!.GetValue<string>()));
        _ = await _catalog["secrets"].AddAsync(new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = "bootstrap-token-abcdef", ["namespace"] = "kube-system" },
            ["type"] = "bootstrap.kubernetes.io/token",
            ["data"] = data,
        });
        if (!valid)
        {
            await RefusedAsync(Server("rsa"), "abcdef.0123456789abcdef");
            return;
        }
        var user = await AuthenticateAsync(Server("rsa"), "abcdef.0123456789abcdef");
        Assert.Equal("system:bootstrap:abcdef", user!.Name);
        Assert.Equal(["system:bootstrappers", "system:bootstrappers:kubeadm:default-node-token", "system:authenticated"], user.Groups);
    }

    private string At(string name) => Path.Combine(_folder, name + ".pem");

    private ServiceAccountOptions Options(string key) => new([Issuer], [Issuer], TokenKeys.Public([At("pub")]), TokenKeys.Signing(At(key)));

    private ServerAuthentication Server(string key) =>
        new(new AuthenticationOptions { ServiceAccounts = Options(key), BootstrapTokens = true }, _catalog, _time, NullLoggerFactory.Instance);

    private static Task<JsonObject> RequestAsync(ServerAuthentication server, string body) =>
        ((ICreateSubresource)server.Handlers["serviceaccounts/token"]).CreateAsync(
            new ResourceRequest(UserInfo.ApiServer, "web", "robot"), JsonNode.Parse(body)!.AsObject(), TestContext.Current.CancellationToken);

    private static Task<JsonObject> ReviewAsync(ServerAuthentication server, string token, params string[] audiences) =>
        ((ICreateSubresource)server.Handlers["tokenreviews.authentication.k8s.io"]).CreateAsync(
            new ResourceRequest(UserInfo.ApiServer, "", ""),
            new JsonObject { ["spec"] = new JsonObject { ["token"] = token, ["audiences"] = new JsonArray([.. audiences.Select(a => (JsonNode)a)]) } },
            TestContext.Current.CancellationToken);

    private static async Task<string> TokenAsync(ServerAuthentication server) =>
        (await RequestAsync(server, """{"spec":{"boundObjectRef":{"apiVersion":"v1","kind":"Pod","name":"p"}}}"""))["status"]!["token"]!.GetValue<string>();

    private static async Task<UserInfo?> AuthenticateAsync(ServerAuthentication server, string token)
    {
        var context = new DefaultHttpContext();
        context.Request.Headers.Authorization = "Bearer " + token;
        context.Request.Path = "/livez";
        return await server.Authenticator.AuthenticateAsync(context, TestContext.Current.CancellationToken);
    }

    private static async Task RefusedAsync(ServerAuthentication server, string token)
    {
        var refusal = await Assert.ThrowsAsync<StatusException>(() => AuthenticateAsync(server, token));
        Assert.Equal((401, "Unauthorized"), (refusal.Code, refusal.Message));
    }

    private static string Decode(string part) => System.Text.Encoding.UTF8.GetString(Microsoft.IdentityModel.Tokens.Base64UrlEncoder.DecodeBytes(part));
}
