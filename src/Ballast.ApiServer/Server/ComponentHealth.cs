using System.Net;
using System.Text.Json.Nodes;
using Ballast.ApiServer.Registry;

namespace Ballast.ApiServer.Server;

/// <summary><c>componentstatuses</c>: how the scheduler and the controller manager beside this server, and etcd, answer when they are asked.</summary>
internal sealed class ComponentHealth : IComputedResource, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Dictionary<string, Func<CancellationToken, ValueTask<(bool Healthy, string Message, string Error)>>> _components;
    private readonly HttpClient _http;

    /// <param name="host">Where the scheduler and the controller manager listen, on their usual ports.</param>
    /// <param name="etcd">Null when etcd answers, else why not.</param>
    public ComponentHealth(IPAddress host, Func<CancellationToken, ValueTask<string?>> etcd)
    {
#pragma warning disable CA5359 // They serve with certificates that they may have made themselves; nothing is told to them, and "ok" is all they tell.
        _http = new HttpClient(new SocketsHttpHandler { UseProxy = false, SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => true } }) { Timeout = Patience };
#pragma warning restore CA5359
        _components = new()
        {
            ["controller-manager"] = cancel => AskAsync(host, 10257, cancel),
            ["etcd-0"] = async cancel => await etcd(cancel) is { } failure ? (false, "", failure) : (true, "ok", ""),
            ["scheduler"] = cancel => AskAsync(host, 10259, cancel),
        };
    }

    public async Task<IReadOnlyList<JsonObject>> ListAsync(CancellationToken cancel) =>
        await Task.WhenAll(_components.Select(c => CheckAsync(c.Key, c.Value, cancel)));

    public async Task<JsonObject?> GetAsync(string name, CancellationToken cancel) =>
        _components.TryGetValue(name, out var check) ? await CheckAsync(name, check, cancel) : null;

    public void Dispose() => _http.Dispose();

    private static async Task<JsonObject> CheckAsync(
        string name, Func<CancellationToken, ValueTask<(bool Healthy, string Message, string Error)>> check, CancellationToken cancel)
    {
        var (healthy, message, error) = await check(cancel);
        var condition = new JsonObject { ["type"] = "Healthy", ["status"] = healthy ? "True" : "False" };
        if (message.Length > 0)
            condition["message"] = message;
        if (error.Length > 0)
            condition["error"] = error;
        return new()
        {
            ["apiVersion"] = "v1",
            ["kind"] = "ComponentStatus",
            ["metadata"] = new JsonObject { ["name"] = name },
            ["conditions"] = new JsonArray(condition),
        };
    }

    private async ValueTask<(bool Healthy, string Message, string Error)> AskAsync(IPAddress host, int port, CancellationToken cancel)
    {
        var url = new UriBuilder(Uri.UriSchemeHttps, host.ToString(), port, "/healthz").Uri;
        try
        {
            using var answer = await _http.GetAsync(url, cancel);
            return answer.IsSuccessStatusCode
                ? (true, await answer.Content.ReadAsStringAsync(cancel), "")
                : (false, $"HTTP probe failed with statuscode: {(int)answer.StatusCode}", "");
        }
        catch (HttpRequestException failure)
        {
            return (false, $"Get \"{url}\": {failure.Message}", "");
        }
        catch (TaskCanceledException) when (!cancel.IsCancellationRequested)
        {
            return (false, $"Get \"{url}\": context deadline exceeded", "");
        }
    }
}
