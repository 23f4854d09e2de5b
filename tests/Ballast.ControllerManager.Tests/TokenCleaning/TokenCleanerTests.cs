using Ballast.ControllerManager.TokenCleaning;
using k8s.Models;

namespace Ballast.ControllerManager.Tests.TokenCleaning;

public sealed class TokenCleanerTests : IAsyncDisposable
{
    private readonly Microsoft.Extensions.Time.Testing.FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private readonly Cluster _cluster;

    public TokenCleanerTests() => _cluster = new(_time);

    [Fact]
    public async Task Tokens_go_when_they_expire()
    {
        var now = _time.GetUtcNow().UtcDateTime;
        foreach (var token in (V1Secret[])[Requests.Token("passed", "s", now.AddMinutes(-1)), Requests.Token("tomorrow", "s", now.AddHours(24)), Requests.Token("forever", "s", null)])
            await _cluster.Client.Resources<V1Secret>().CreateAsync(token, Cluster.Cancel);
        await _cluster.RunAsync(c => new TokenCleaner(c));
        await LeftAsync("bootstrap-token-forever", "bootstrap-token-tomorrow");
        // Again and again, for the controller may just be about to set its timer.
        await _cluster.UntilAsync(async () =>
        {
            _time.Advance(TimeSpan.FromHours(24.1));
            return (await _cluster.ListAsync<V1Secret>("kube-system")).Count == 1;
        }, "the expired token is gone");
        await LeftAsync("bootstrap-token-forever");
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    private Task LeftAsync(params string[] names) => _cluster.UntilAsync(
        async () => (await _cluster.ListAsync<V1Secret>("kube-system")).Select(s => s.Metadata.Name).Order(StringComparer.Ordinal).SequenceEqual(names), "what is left: " + string.Join(' ', names));
}
