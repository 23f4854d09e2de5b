using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.Testing.ApiServer;

namespace Ballast.ApiServer.Tests.Endpoints;

/// <summary>A watch as the wire has it: one event a line, each awaited with a deadline.</summary>
internal sealed class WatchStream : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly HttpResponseMessage _answer;
    private readonly StreamReader _lines;

    private WatchStream(HttpResponseMessage answer, StreamReader lines) => (_answer, _lines) = (answer, lines);

    public static async Task<WatchStream> OpenAsync(TestApiServer server, string path, string httpVersion = "2.0", string accept = "application/json")
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path)
        {
            Version = Version.Parse(httpVersion),
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Headers = { { "Accept", accept } },
        };
        var cancel = TestContext.Current.CancellationToken;
        var answer = await server.Admin.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("application/json", answer.Content.Headers.ContentType?.MediaType);
        return new WatchStream(answer, new StreamReader(await answer.Content.ReadAsStreamAsync(cancel), Encoding.UTF8));
    }

    /// <summary>Null at the watch's end.</summary>
    public async Task<string?> ReadLineAsync()
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(Patience);
        return await _lines.ReadLineAsync(deadline.Token);
    }

    public async Task<JsonObject> NextEventAsync() => JsonNode.Parse(await ReadLineAsync() ?? throw new EndOfStreamException("the watch has ended"))!.AsObject();

    /// <summary>The next events as <c>TYPE name</c>; their versions must rise.</summary>
    public async Task<IReadOnlyList<string>> NextAsync(int count)
    {
        var events = new List<string>();
        long last = 0;
        while (events.Count < count)
        {
            var change = await NextEventAsync();
            var document = change["object"]!.AsObject();
            var version = long.Parse(document.ResourceVersion, CultureInfo.InvariantCulture);
            Assert.True(version > last || change.StringAt("type") == "ADDED", "events come in the order of their versions");
            last = version;
            events.Add($"{change.StringAt("type")} {document.Name}");
        }
        return events;
    }

    public void Dispose()
    {
        _lines.Dispose();
        _answer.Dispose();
    }
}
