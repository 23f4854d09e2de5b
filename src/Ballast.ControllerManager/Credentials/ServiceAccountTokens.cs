using Ballast.Client;
using k8s.Autorest;
using k8s.Models;

namespace Ballast.ControllerManager.Credentials;

/// <summary>
/// Tokens of one controller's ServiceAccount in kube-system, asked for with the manager's own credentials; the account is made where
/// it is missing. A token is renewed at four fifths of its life, and when a server refuses it. Thread-safe.
/// </summary>
public sealed class ServiceAccountTokens(ApiClient manager, string account, TimeProvider time) : IBearerTokenSource, IDisposable
{
    private const string Namespace = "kube-system";
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    private readonly ResourceClient<V1ServiceAccount> _accounts = manager.Resources<V1ServiceAccount>();
    private readonly SemaphoreSlim _asking = new(1); // one request a time; the others wait for its answer
    private volatile Token? _token;

    public async ValueTask<string> GetAsync(string? refused, CancellationToken cancel)
    {
        if (Usable(refused) is { } ready)
            return ready;
        await _asking.WaitAsync(cancel);
        try
        {
            if (Usable(refused) is { } meanwhile)
                return meanwhile;
            var asked = time.GetTimestamp();
            _token = new(await RequestAsync(cancel), asked);
            return _token.Value;
        }
        finally
        {
            _asking.Release();
        }
    }

    public void Dispose() => _asking.Dispose();

    private string? Usable(string? refused) =>
        _token is { } token && token.Value != refused && time.GetElapsedTime(token.Asked) < Lifetime * 0.8 ? token.Value : null;

    private async Task<string> RequestAsync(CancellationToken cancel)
    {
        var request = new Authenticationv1TokenRequest
        {
            ApiVersion = "authentication.k8s.io/v1",
            Kind = "TokenRequest",
            Spec = new() { ExpirationSeconds = (long)Lifetime.TotalSeconds, Audiences = [] },
        };
        try
        {
            return await AskAsync();
        }
        catch (HttpOperationException e) when (e.IsNotFound)
        {
            await CreateAccountAsync(cancel);
            return await AskAsync();
        }

        async Task<string> AskAsync() =>
            (await _accounts.PostAsync<Authenticationv1TokenRequest>(Namespace, account, "token", request, cancel)).Status.Token;
    }

    private async Task CreateAccountAsync(CancellationToken cancel)
    {
        try
        {
            await _accounts.CreateAsync(new() { Metadata = new() { Name = account, NamespaceProperty = Namespace } }, cancel);
        }
        catch (HttpOperationException e) when (e.IsAlreadyExists)
        {
            // Another manager was faster.
        }
    }

    private sealed record Token(string Value, long Asked);
}
