using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Tests.Endpoints;
using Ballast.ApiServer.Tests.Server;
using Ballast.Testing.ApiServer;

namespace Ballast.ApiServer.Tests.Robustness;

/// <summary>Bodies that are no good and clients that do not behave: each gets a clear answer, and the others notice nothing.</summary>
public sealed class HostileClientTests(ApiServerFixture fixture)
{
    private const int Limit = 3 * 1024 * 1024;

    private TestApiServer Server => fixture.Server;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string, string, int, string> BadBodies => new()
    {
        { "application/json", """{"metadata":{"name":"a"},"data":{"k":1e999999999}}""", 400, "cannot unmarshal number" },
        { "application/json", $$$"""{"metadata":{"name":"a","generation":{{{new string('9', 5000)}}}}}""", 400, "cannot unmarshal number" },
        { "application/json", """{"metadata":{"name":"a","generation":1.5}}""", 400, "cannot unmarshal number" },
        { "application/json", """{"metadata":{"name":"a"}} trailing""", 400, "json parse error" },
        { "application/json", """{"metadata":{"name":"a",}}""", 400, "json parse error" },
        { "application/json", "", 400, "" },
        { "application/json", "null", 400, "" },
        { "application/json", "\"text\"", 400, "" },
        { "application/json", """{"metadata":[]}""", 400, "cannot unmarshal array" },
        { "application/json", """{"metadata":{"name":{}}}""", 400, "cannot unmarshal object" },
        { "application/json", Nested("[", 100_000), 400, "" },
        { "application/json", Nested("{\"a\":", 100_000), 400, "" },
        { "application/json", "{\"metadata\":{\"name\":\"a\"},\"data\":" + Nested("{\"a\":", 500) + "1" + new string('}', 500) + "}", 400, "" },
        { "application/yaml", Nested("[", 100_000), 400, "" },
        { "application/yaml", "a: &a [x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e]\ng: [*f,*f,*f,*f,*f,*f,*f,*f]\n", 400, "" },
        { "application/yaml", "{{{{", 400, "" },
        { "application/vnd.kubernetes.protobuf", "k8s\0\u0001\u0002\u0003", 400, "" },
        { "application/vnd.kubernetes.protobuf", "not protobuf", 400, "" },
        { "text/html", "<a/>", 415, "accepted media types include: application/json, application/yaml" },
    };

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(BadBodies))]
    public async Task A_body_that_is_no_good_is_refused(string type, string body, int expected, string message)
    {
        var (code, status) = await PostAsync(Encoding.UTF8.GetBytes(body), type);
        Assert.True(expected == (int)code, $"{code} {status.ToJsonString()}");
        Assert.Equal("Failure", status.StringAt("status"));
        Assert.Contains(message, status.StringAt("message"), StringComparison.Ordinal);
        await StillServesAsync();
    }

    [Fact]
    public async Task Bytes_that_are_no_text_are_refused()
    {
        byte[][] bodies =
        [
            [.. "{\"metadata\":{\"name\":\"a\"},\"data\":{\"k\":\""u8, 0xff, 0xfe, 0xc0, .. "\"}}"u8],
            [.. "{\"metadata\":{\"name\":\"a\"},\"data\":{\""u8, 0xed, 0xa0, 0x80, .. "\":\"v\"}}"u8],
            [0xff, 0xfe, (byte)'{', 0, (byte)'}', 0],
            [.. Enumerable.Repeat((byte)0, 1000)],
        ];
        foreach (var body in bodies)
        {
            foreach (var type in (string[])["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"])
            {
                var (code, status) = await PostAsync(body, type);
                Assert.True(code == HttpStatusCode.BadRequest, $"{type} {Convert.ToHexString(body.AsSpan(0, Math.Min(body.Length, 40)))}: {code} {status.ToJsonString()}");
            }
        }
        // Half a surrogate pair, in words.
        var (answer, refused) = await PostAsync("""{"metadata":{"name":"a"},"data":{"k":"\ud800"}}"""u8.ToArray(), "application/json");
        Assert.True(answer is HttpStatusCode.BadRequest or HttpStatusCode.Created, refused.ToJsonString());
        await StillServesAsync();
    }

    [Theory]
    [InlineData("application/json-patch+json")]
    [InlineData("application/merge-patch+json")]
    [InlineData("application/strategic-merge-patch+json")]
    [InlineData("application/apply-patch+yaml")]
    public async Task A_patch_that_is_no_good_is_refused(string type)
    {
        var ns = await Server.NamespaceAsync();
        await Server.SendAsync(HttpMethod.Post, Path(ns), """{"metadata":{"name":"a"}}""");
        string[] bodies = ["", "null", "1", "\"a\"", "{", "[{}]", """[{"op":"none","path":"/a"}]""", """[{"op":"add","path":"a"}]""", """{"data":{"k":{"$patch":"none"}}}""", """{"data":[{"$patch":"none"}]}""", Nested("{\"a\":", 100_000), Nested("[", 100_000), """{"metadata":null}""", """{"kind":"Pod"}"""];
        foreach (var body in bodies)
        {
            var (code, status) = await Server.SendAsync(HttpMethod.Patch, Path(ns) + "/a?fieldManager=m", body, type);
            // What does not fit its schema is refused with upstream's code for it, which is 500 and no reason.
            var isUntypable = status.StringAt("message")?.StartsWith("failed to create typed patch object", StringComparison.Ordinal) == true;
            Assert.True(isUntypable || (int)code is >= 200 and < 500, $"{type} {body[..Math.Min(body.Length, 60)]}: {code} {status.ToJsonString()}");
            if ((int)code >= 400)
                Assert.NotEqual("", status.StringAt("message"));
        }
        await StillServesAsync();
    }

    /// <summary>With its length told, and without.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_beyond_the_limit_is_refused(bool tellsLength)
    {
        var body = Encoding.UTF8.GetBytes($$$"""{"metadata":{"name":"a"},"data":{"k":"{{{new string('x', Limit)}}}"}}""");
        foreach (var version in (Version[])[HttpVersion.Version11, HttpVersion.Version20])
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, Path("default")) { Version = version, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
            request.Content = tellsLength ? new ByteArrayContent(body) : new StreamContent(new MemoryStream(body)) { Headers = { ContentLength = null } };
            if (!tellsLength)
                request.Headers.TransferEncodingChunked = version == HttpVersion.Version11;
            request.Content.Headers.ContentType = new("application/json");
            using var answer = await Server.Admin.SendAsync(request, Cancel);
            Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
            var status = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancel))!.AsObject();
            Assert.Equal(("RequestEntityTooLarge", "Request entity too large: limit is 3145728"), (status.StringAt("reason"), status.StringAt("message")));
        }
        await StillServesAsync();
    }

    [Fact]
    public async Task Clients_that_send_half_a_body_and_wait_hold_up_nobody()
    {
        var connections = new List<SslStream>();
        try
        {
            for (var i = 0; i < 50; i++)
            {
                var connection = await ConnectAsync();
                connections.Add(connection);
                await connection.WriteAsync(Encoding.ASCII.GetBytes(
                    "POST /api/v1/namespaces/default/configmaps HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{\"metadata\":{\"name\":\"half"), Cancel);
            }
            await StillServesAsync();
        }
        finally
        {
            foreach (var connection in connections)
                await connection.DisposeAsync();
        }
        // They went in the middle of their bodies: nothing came of that, either.
        await StillServesAsync();
        var (code, _) = await Server.SendAsync(HttpMethod.Get, Path("default") + "/half");
        Assert.Equal(HttpStatusCode.NotFound, code);
    }

    [Fact]
    public async Task Clients_that_speak_no_http_are_sent_away()
    {
        await using var connection = await ConnectAsync();
        await connection.WriteAsync("\0\0\0 what is this?\r\n\r\n"u8.ToArray(), Cancel);
        var answer = new byte[1024];
        var read = await connection.ReadAsync(answer, Cancel);
        Assert.StartsWith("HTTP/1.1 400", Encoding.ASCII.GetString(answer, 0, read), StringComparison.Ordinal);
        await StillServesAsync();
    }

    /// <summary>They are cut off when what waits for them is too much; a watcher that reads gets everything, and memory does not follow what they do not read.</summary>
    [Fact]
    public async Task Watchers_that_never_read_hold_up_nobody()
    {
        const int Sleepers = 20;
        const int Changes = 150;
        const int Size = 100_000;
        var ns = await Server.NamespaceAsync();
        var (_, made) = await Server.SendAsync(HttpMethod.Post, Path(ns), """{"metadata":{"name":"a"}}""");
        var watchPath = $"{Path(ns)}?watch=1&resourceVersion={made.ResourceVersion}";
        var sleepers = new List<SslStream>();
        try
        {
            for (var i = 0; i < Sleepers; i++)
            {
                var connection = await ConnectAsync();
                sleepers.Add(connection);
                await connection.WriteAsync(Encoding.ASCII.GetBytes($"GET {watchPath} HTTP/1.1\r\nHost: test\r\n\r\n"), Cancel);
            }
            using var reader = await WatchStream.OpenAsync(Server, watchPath);
            var before = GC.GetTotalMemory(forceFullCollection: true);
            var writing = Task.Run(async () =>
            {
                for (var i = 0; i < Changes; i++)
                {
                    var (code, status) = await Server.SendAsync(
                        HttpMethod.Patch, Path(ns) + "/a", $$$"""{"data":{"i":"{{{i}}}","k":"{{{new string('x', Size)}}}"}}""", "application/merge-patch+json");
                    Assert.True(code == HttpStatusCode.OK, status.ToJsonString());
                }
            }, Cancel);
            for (var i = 0; i < Changes; i++)
                Assert.Equal(i.ToString(CultureInfo.InvariantCulture), (await reader.NextEventAsync())["object"]!["data"]!["i"]!.GetValue<string>());
            await writing;
            // The changes themselves are kept once, for later watchers; a copy for each sleeper would be Sleepers times that.
            var grown = GC.GetTotalMemory(forceFullCollection: true) - before;
            Assert.True(grown < (long)Changes * Size * Sleepers / 3, $"memory grew by {grown / (1 << 20)} MiB");
            await StillServesAsync();
        }
        finally
        {
            foreach (var connection in sleepers)
                await connection.DisposeAsync();
        }
    }

    /// <summary>A client that goes away while it watches leaves nothing behind.</summary>
    [Fact]
    public async Task Watchers_that_come_and_go_leave_nothing()
    {
        var ns = await Server.NamespaceAsync();
        for (var i = 0; i < 100; i++)
        {
            using var watch = await WatchStream.OpenAsync(Server, Path(ns) + "?watch=1", i % 2 == 0 ? "1.1" : "2.0");
        }
        await StillServesAsync();
    }

    private async Task<(HttpStatusCode Code, JsonObject Body)> PostAsync(byte[] body, string type)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Path("default") + "?dryRun=All") { Content = new ByteArrayContent(body) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        using var answer = await Server.Admin.SendAsync(request, Cancel);
        return (answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancel))!.AsObject());
    }

    private async Task StillServesAsync()
    {
        var watch = Stopwatch.StartNew();
        var name = "alive-" + Guid.NewGuid().ToString("N");
        var (code, status) = await Server.SendAsync(HttpMethod.Post, Path("default"), $$$"""{"metadata":{"name":"{{{name}}}"}}""");
        Assert.True(code == HttpStatusCode.Created, status.ToJsonString());
        (code, _) = await Server.SendAsync(HttpMethod.Delete, Path("default") + "/" + name);
        Assert.Equal(HttpStatusCode.OK, code);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), $"a creation and a deletion took {watch.Elapsed}");
    }

    private async Task<SslStream> ConnectAsync()
    {
        var connection = new TcpClient();
        await connection.ConnectAsync(IPAddress.Loopback, Server.Address.Port, Cancel);
        var stream = new SslStream(connection.GetStream(), leaveInnerStreamOpen: false, (_, certificate, _, _) => Server.Trusts(certificate));
        await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "127.0.0.1",
            ClientCertificates = [Server.AdminCertificate],
            ApplicationProtocols = [SslApplicationProtocol.Http11],
        }, Cancel);
        return stream;
    }

    private static string Nested(string opening, int times) => new StringBuilder(opening.Length * times).Insert(0, opening, times).ToString();

    private static string Path(string ns) => $"/api/v1/namespaces/{ns}/configmaps";
}
