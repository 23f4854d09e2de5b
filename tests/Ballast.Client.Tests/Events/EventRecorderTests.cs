using Ballast.Client.Events;
using Ballast.Testing;
using Ballast.Testing.Api;
using k8s.Models;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Ballast.Client.Tests.Events;

public sealed class EventRecorderTests : IAsyncDisposable
{
    private static readonly V1ObjectReference Pod = new() { ApiVersion = "v1", Kind = "Pod", NamespaceProperty = "default", Name = "web", Uid = "u1" };
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, 500, TimeSpan.Zero));
    private readonly InMemoryApiServer _server = new();
    private readonly ApiClient _client;
    private readonly EventRecorder _recorder;

    public EventRecorderTests()
    {
        _client = _server.CreateClient();
        _recorder = new EventRecorder(_client, "tester", "host-1", _time, NullLogger.Instance);
    }

    [Fact]
    public async Task An_event_has_what_kubectl_describe_shows()
    {
        _recorder.Event(Pod, EventType.Warning, "Failed", "it broke", "Breaking");
        var sent = (await SentAsync(1)).Single();
        Assert.StartsWith("web.", sent.Metadata.Name, StringComparison.Ordinal);
        Assert.Equal(("default", "Warning", "Failed", "it broke", "Breaking", 1),
            (sent.Metadata.NamespaceProperty, sent.Type, sent.Reason, sent.Message, sent.Action, sent.Count));
        Assert.Equal(("tester", "host-1", "tester"), (sent.Source.Component, sent.Source.Host, sent.ReportingComponent));
        Assert.Equal("u1", sent.InvolvedObject.Uid);
        Assert.Equal(new DateTime(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc), sent.FirstTimestamp);
    }

    [Fact]
    public async Task A_repetition_raises_the_count_of_the_same_event()
    {
        _recorder.Event(Pod, EventType.Normal, "Seen", "hello");
        await SentAsync(1);
        _time.Advance(TimeSpan.FromSeconds(90));
        _recorder.Event(Pod, EventType.Normal, "Seen", "hello");
        await Eventually.TrueAsync(async () => (await SentAsync(1)).Single().Count == 2);
        var sent = (await SentAsync(1)).Single();
        Assert.Equal(TimeSpan.FromSeconds(90), sent.LastTimestamp - sent.FirstTimestamp);
    }

    [Fact]
    public async Task An_event_that_has_expired_is_made_anew_with_its_count()
    {
        _recorder.Event(Pod, EventType.Normal, "Seen", "hello");
        var first = (await SentAsync(1)).Single();
        await _client.Resources<Corev1Event>().DeleteAsync("default", first.Metadata.Name, null, TestContext.Current.CancellationToken);
        _recorder.Event(Pod, EventType.Normal, "Seen", "hello");
        await Eventually.TrueAsync(async () => (await ListAsync()).SingleOrDefault()?.Count == 2);
    }

    [Fact]
    public async Task Many_messages_of_one_kind_become_one()
    {
        for (var i = 0; i < 14; i++)
            _recorder.Event(Pod, EventType.Normal, "Created", $"pod {i}");
        var sent = await SentAsync(11);
        var combined = sent.Single(e => e.Message.StartsWith("(combined from similar events): ", StringComparison.Ordinal));
        await Eventually.TrueAsync(async () => (await ListAsync()).Single(e => e.Metadata.Name == combined.Metadata.Name) is { Count: 4, Message: "(combined from similar events): pod 13" });
    }

    [Fact]
    public async Task An_object_gets_a_burst_of_25_and_then_little()
    {
        for (var i = 0; i < 60; i++)
            _recorder.Event(Pod, EventType.Normal, $"Reason{i}", "x");
        await SentAsync(25);
        _time.Advance(TimeSpan.FromMinutes(5));
        _recorder.Event(Pod, EventType.Normal, "Later", "x");
        Assert.Equal("Later", (await SentAsync(26)).Single(e => e.Reason == "Later").Reason);
        Assert.Equal(26, (await ListAsync()).Count);
    }

    [Fact]
    public async Task A_server_that_is_away_does_not_block_and_loses_nothing_that_is_soon_sent()
    {
        var away = true;
        _server.Intercept = (_, _) => away ? throw new HttpRequestException("refused") : Task.FromResult<HttpResponseMessage?>(null);
        for (var i = 0; i < 5000; i++)
            _recorder.Event(Pod, EventType.Normal, "Seen", "hello");
        away = false;
        await Eventually.TrueAsync(async () =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return (await ListAsync()).Count == 1;
        });
    }

    public async ValueTask DisposeAsync()
    {
        await _recorder.DisposeAsync();
        _client.Dispose();
        _server.Dispose();
    }

    private async Task<IList<Corev1Event>> SentAsync(int count)
    {
        IList<Corev1Event> found = [];
        await Eventually.TrueAsync(async () => (found = await ListAsync()).Count >= count, $"{count} events");
        return found;
    }

    private async Task<IList<Corev1Event>> ListAsync() => (await _client.Resources<Corev1Event>().ListAsync(ListScope.All, TestContext.Current.CancellationToken)).Items;
}
