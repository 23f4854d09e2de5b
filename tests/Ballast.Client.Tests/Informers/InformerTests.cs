using Ballast.Client.Informers;
using Ballast.Testing;
using Ballast.Testing.Api;
using k8s.Models;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ballast.Client.Tests.Informers;

public sealed class InformerTests : IAsyncDisposable
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private readonly InMemoryApiServer _server = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly ApiClient _client;
    private readonly ResourceClient<V1ConfigMap> _maps;
    private readonly Informer<V1ConfigMap> _informer;
    private readonly List<string> _seen = [];
    private Task _run = Task.CompletedTask;

    public InformerTests()
    {
        _client = _server.CreateClient();
        _maps = _client.Resources<V1ConfigMap>();
        _informer = new(_maps, ListScope.All, TimeProvider.System, NullLogger.Instance);
        _informer.AddHandler(
            m => Note($"+{m.Metadata.Name}"),
            (_, m) => Note($"~{m.Metadata.Name}={m.Data?["v"]}"),
            m => Note($"-{m.Metadata.Name}={m.Data?["v"]}"));
    }

    [Fact]
    public async Task Tells_what_is_there_and_what_changes_in_order()
    {
        await Create("a", "1");
        await StartAsync();
        await Set("a", "2");
        await _maps.DeleteAsync("default", "a", null, Cancel);
        await SeenAsync("+a", "~a=2", "-a=2");
        Assert.Equal(0, _informer.Store.Count);
    }

    [Fact]
    public async Task Goes_on_where_it_was_when_the_connection_breaks()
    {
        await StartAsync();
        await Create("a", "1");
        await SeenAsync("+a");
        _server.EndWatches(cleanly: false);
        await Set("a", "2");
        await SeenAsync("+a", "~a=2");
    }

    [Fact]
    public async Task Lists_again_after_410_and_tells_the_difference()
    {
        await Create("kept", "1");
        await Create("gone", "1");
        await StartAsync();
        await SeenAsync("+gone", "+kept");
        var hold = new TaskCompletionSource();
        _server.Intercept = async (request, _) =>
        {
            if (request.RequestUri!.Query.Contains("watch=true", StringComparison.Ordinal))
                await hold.Task;
            return null;
        };
        _server.EndWatches();
        await _maps.DeleteAsync("default", "gone", null, Cancel);
        await Set("kept", "2");
        await Create("new", "1");
        _server.Compact();
        hold.SetResult();
        await SeenAsync("+gone", "+kept", "~kept=2", "+new", "-gone=1");
    }

    [Fact]
    public async Task An_object_made_anew_under_the_same_name_is_another_object()
    {
        await Create("a", "1");
        await StartAsync();
        await SeenAsync("+a");
        var hold = new TaskCompletionSource();
        _server.Intercept = async (request, _) =>
        {
            if (request.RequestUri!.Query.Contains("watch=true", StringComparison.Ordinal))
                await hold.Task;
            return null;
        };
        _server.EndWatches();
        await _maps.DeleteAsync("default", "a", null, Cancel);
        await Create("a", "9");
        _server.Compact();
        hold.SetResult();
        await SeenAsync("+a", "-a=1", "+a");
    }

    [Fact]
    public async Task Comes_back_by_itself_when_no_server_answers_for_a_while()
    {
        var failures = 0;
        _server.Intercept = (_, _) => ++failures <= 3 ? throw new HttpRequestException("refused") : Task.FromResult<HttpResponseMessage?>(null);
        _run = _informer.RunAsync(_stop.Token);
        await _informer.WaitForSyncAsync(_stop.Token);
        Assert.True(failures > 3);
    }

    [Fact]
    public async Task Indexes_follow_the_objects()
    {
        var byValue = _informer.Store.AddIndex("value", m => [m.Data["v"]]);
        await Create("a", "x");
        await Create("b", "x");
        await StartAsync();
        Assert.Equal(["a", "b"], byValue["x"].Select(m => m.Metadata.Name).Order());
        await Set("a", "y");
        await Eventually.TrueAsync(() => byValue.Count("y") == 1);
        Assert.Equal("b", Assert.Single(byValue["x"]).Metadata.Name);
    }

    [Fact]
    public async Task A_handler_that_comes_too_late_is_refused()
    {
        await StartAsync();
        Assert.Throws<InvalidOperationException>(() => _informer.AddHandler(_ => { }));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _run;
        _client.Dispose();
        _stop.Dispose();
        _server.Dispose();
    }

    private async Task StartAsync()
    {
        _run = _informer.RunAsync(_stop.Token);
        await _informer.WaitForSyncAsync(_stop.Token);
    }

    private Task Create(string name, string value) => _maps.CreateAsync(
        new() { Metadata = new() { Name = name, NamespaceProperty = "default" }, Data = new Dictionary<string, string> { ["v"] = value } }, Cancel);

    private Task Set(string name, string value) => _maps.MergePatchAsync("default", name, new { data = new { v = value } }, Cancel);

    private void Note(string what)
    {
        lock (_seen)
            _seen.Add(what);
    }

    private async Task SeenAsync(params string[] expected)
    {
        await Eventually.TrueAsync(() => Seen().Length >= expected.Length, string.Join(' ', expected));
        Assert.Equal(expected, Seen());
    }

    private string[] Seen()
    {
        lock (_seen)
            return [.. _seen];
    }
}
