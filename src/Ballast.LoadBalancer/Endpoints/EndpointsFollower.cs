using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using Ballast.LoadBalancer.Backends;
using Microsoft.Extensions.Logging;

namespace Ballast.LoadBalancer.Endpoints;

/// <summary>
/// Follows the EndpointSlice <c>kubernetes</c> in the namespace <c>default</c>, where every API server keeps its own address.
/// It is a client of the balancer itself, so that its requests are moved off a dead server like anybody's.
/// </summary>
internal sealed class EndpointsFollower : IDisposable
{
    // Every API server's certificate is good for this name, wherever the balancer itself listens.
    private const string Slices = "https://kubernetes/apis/discovery.k8s.io/v1/namespaces/default/endpointslices?fieldSelector=metadata.name%3Dkubernetes";
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    // A watch goes on for as long as it lives; lists see to it that a renewed certificate is shown before the one before it ends.
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan ListTimeout = TimeSpan.FromSeconds(5);

    private readonly HttpClient _http;
    private readonly BackendPool _pool;
    private readonly EndpointsState _state;
    private readonly TimeProvider _time;
    private readonly ILogger<EndpointsFollower> _log;

    public EndpointsFollower(ClusterTrust trust, IPEndPoint balancer, BackendPool pool, EndpointsState state, TimeProvider time, ILogger<EndpointsFollower> log)
    {
        (_pool, _state, _time, _log) = (pool, state, time, log);
        var handler = trust.CreateHandler(ConnectionLifetime);
        handler.ConnectCallback = async (_, cancellationToken) =>
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(balancer, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        };
        _http = new(handler) { Timeout = Timeout.InfiniteTimeSpan };
        _http.DefaultRequestHeaders.UserAgent.ParseAdd("ballast-load-balancer");
        if (trust.Token is { } token) _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                var resourceVersion = await ListAsync(cancellationToken);
                await WatchAsync(resourceVersion, cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is HttpRequestException or IOException or JsonException or KeyNotFoundException
                or InvalidOperationException or OperationCanceledException)
            {
                _log.LogWarning("Following the API servers' list: {Error}", e.Message);
            }
            try
            {
                await Task.Delay(Pause, _time, cancellationToken);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task<string> ListAsync(CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(ListTimeout, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        using var response = await _http.GetAsync(new Uri(Slices), both.Token);
        _ = response.EnsureSuccessStatusCode();
        using var list = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(both.Token));
        foreach (var slice in list.RootElement.GetProperty("items").EnumerateArray()) Take(slice);
        return list.RootElement.GetProperty("metadata").GetProperty("resourceVersion").GetString() ?? "";
    }

    private async Task WatchAsync(string resourceVersion, CancellationToken cancellationToken)
    {
        // Ends every few minutes by itself; a server that dies meanwhile resets the connection.
        var uri = new Uri($"{Slices}&watch=true&timeoutSeconds=300&resourceVersion={Uri.EscapeDataString(resourceVersion)}");
        using var response = await _http.GetAsync(uri, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        _ = response.EnsureSuccessStatusCode();
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken));
        while (await reader.ReadLineAsync(cancellationToken) is { Length: > 0 } line)
        {
            using var watchEvent = JsonDocument.Parse(line);
            switch (watchEvent.RootElement.GetProperty("type").GetString())
            {
                case "ADDED" or "MODIFIED": Take(watchEvent.RootElement.GetProperty("object")); break;
                case "ERROR": return; // too old, usually: list again
                default: break;       // a deleted slice is made again by the servers; the list we have is better than none
            }
        }
    }

    private void Take(JsonElement slice)
    {
        var listed = Addresses(slice);
        if (listed.Count == 0)
        {
            _log.LogWarning("The EndpointSlice default/kubernetes names no server; keeping the list as it is");
            return;
        }
        if (!_pool.Follow(listed)) return;
        _log.LogInformation("The cluster's servers are {Servers}", string.Join(", ", listed));
        _state.Save(listed);
    }

    internal static IReadOnlyList<BackendAddress> Addresses(JsonElement slice)
    {
        var port = 6443;
        if (slice.TryGetProperty("ports", out var ports) && ports.ValueKind == JsonValueKind.Array)
            foreach (var candidate in ports.EnumerateArray())
                if (candidate.TryGetProperty("port", out var number) && number.TryGetInt32(out var value)
                    && (!candidate.TryGetProperty("name", out var name) || name.GetString() is "https"))
                    port = value;
        if (!slice.TryGetProperty("endpoints", out var endpoints) || endpoints.ValueKind != JsonValueKind.Array) return [];
        return [.. endpoints.EnumerateArray().Where(IsReady)
            .SelectMany(e => e.TryGetProperty("addresses", out var a) && a.ValueKind == JsonValueKind.Array ? a.EnumerateArray() : default)
            .Select(a => a.GetString()).Where(a => IPAddress.TryParse(a, out _))
            .Select(a => new BackendAddress(a!, port)).Distinct()];
    }

    private static bool IsReady(JsonElement endpoint) =>
        !endpoint.TryGetProperty("conditions", out var conditions) || !conditions.TryGetProperty("ready", out var ready)
        || ready.ValueKind != JsonValueKind.False;

    public void Dispose() => _http.Dispose();
}
