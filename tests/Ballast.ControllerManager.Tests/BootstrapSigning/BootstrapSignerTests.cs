using Ballast.ControllerManager.BootstrapSigning;
using k8s.Models;

namespace Ballast.ControllerManager.Tests.BootstrapSigning;

public sealed class BootstrapSignerTests : IAsyncDisposable
{
    private readonly Microsoft.Extensions.Time.Testing.FakeTimeProvider _time = new(new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly Cluster _cluster;

    public BootstrapSignerTests() => _cluster = new(_time);

    [Fact]
    public async Task Cluster_info_carries_the_signature_of_each_token_that_signs_as_long_as_it_is_valid()
    {
        await _cluster.Client.Resources<V1ConfigMap>().CreateAsync(
            new() { Metadata = new() { Name = "cluster-info", NamespaceProperty = "kube-public" }, Data = new Dictionary<string, string> { ["kubeconfig"] = "a kubeconfig" } }, Cluster.Cancel);
        await CreateAsync(Requests.Token("abcdef", "0123456789abcdef", Now.AddHours(1)));
        await CreateAsync(Requests.Token("nosign", "0123456789abcdef", null, signs: false));
        await CreateAsync(Requests.Token("passed", "0123456789abcdef", Now.AddHours(-1)));
        await _cluster.RunAsync(c => new BootstrapSigner(c));
        await SignedByAsync("abcdef");

        // HMAC-SHA256 over "header.payload" in base64url, with the token's secret; computed with openssl.
        Assert.Equal("eyJhbGciOiJIUzI1NiIsImtpZCI6ImFiY2RlZiJ9..h11vMpYI__PvxknzU4bSSYBkrVbHQESsMnLkpo3ZokU", (await MapAsync())["jws-kubeconfig-abcdef"]);

        await CreateAsync(Requests.Token("second", "fedcba9876543210", null));
        await SignedByAsync("abcdef", "second");
        // Again and again, for the controller may just be about to set its timer.
        await _cluster.UntilAsync(async () =>
        {
            _time.Advance(TimeSpan.FromHours(1.1));
            return !(await MapAsync()).ContainsKey("jws-kubeconfig-abcdef");
        }, "the expired token's signature is gone");
        await SignedByAsync("second");
        await _cluster.Client.Resources<V1Secret>().DeleteAsync("kube-system", "bootstrap-token-second", null, Cluster.Cancel);
        await SignedByAsync();
        Assert.Equal("a kubeconfig", (await MapAsync())["kubeconfig"]);
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    private DateTime Now => _time.GetUtcNow().UtcDateTime;

    private Task CreateAsync(V1Secret token) => _cluster.Client.Resources<V1Secret>().CreateAsync(token, Cluster.Cancel);

    private async Task<IDictionary<string, string>> MapAsync() => (await _cluster.GetAsync<V1ConfigMap>("cluster-info", "kube-public")).Data;

    private Task SignedByAsync(params string[] ids) => _cluster.UntilAsync(
        async () => (await MapAsync()).Keys.Where(k => k != "kubeconfig").Order(StringComparer.Ordinal).SequenceEqual(ids.Select(i => "jws-kubeconfig-" + i)), "signatures: " + string.Join(' ', ids));
}
