using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Ballast.Bench.Load.Api;
using Ballast.Bench.Load.Measuring;
using Ballast.Bench.Load.Workloads;

namespace Ballast.Bench.Load;

/// <summary>
/// What the workloads share: connections, the server's processes, and a namespace with ConfigMaps of 1 KB. Disposing removes what was made.
/// </summary>
internal sealed class Bench(ApiTarget target, ServerProcesses processes, BenchOptions options) : IAsyncDisposable
{
    public const string Json = "application/json";

    private const int PayloadBytes = 1024;

    private readonly string _payload = Payload();
    private readonly List<string> _namespaces = [];
    private bool _filled;

    public BenchOptions Options => options;

    public ServerProcesses Processes => processes;

    public ApiTarget Target => target;

    public IReadOnlyList<ApiConnection> Connections { get; } = [.. Enumerable.Range(0, options.Connections).Select(_ => target.Connect())];

    /// <summary>Named after the process, so that two runs against one server do not meet.</summary>
    public string Namespace { get; } = $"bench-{Environment.ProcessId}";

    public string ConfigMaps => $"/api/v1/namespaces/{Namespace}/configmaps";

    public static string NameOf(int index) => $"object-{index:D6}";

    public byte[] ConfigMap(string ns, int index) => Encoding.UTF8.GetBytes(
        $$$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"{{{NameOf(index)}}}","namespace":"{{{ns}}}"},"data":{"payload":"{{{_payload}}}"}}""");

    /// <summary>Makes a namespace of this run.</summary>
    public async Task NamespaceAsync(string name, CancellationToken cancel)
    {
        if (_namespaces.Contains(name))
            return;
        await Connections[0].ObjectAsync(HttpMethod.Post, "/api/v1/namespaces", new JsonObject { ["metadata"] = new JsonObject { ["name"] = name } }, Json, cancel);
        _namespaces.Add(name);
    }

    public void Filled() => _filled = true;

    /// <summary>Sees to it that the namespace holds its objects.</summary>
    public async Task FillAsync(CancellationToken cancel)
    {
        if (_filled)
            return;
        await NamespaceAsync(Namespace, cancel);
        await RequestLoop.CountAsync(this, options.Objects, CreateAsync, cancel);
        _filled = true;

        ValueTask<long> CreateAsync(ApiConnection api, int index, CancellationToken stop) => api.SendAsync(HttpMethod.Post, ConfigMaps, ConfigMap(Namespace, index), Json, stop);
    }

    public async ValueTask DisposeAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        foreach (var name in _namespaces)
        {
            await ForgetAsync($"/api/v1/namespaces/{name}/configmaps", patience.Token);
            await ForgetAsync($"/api/v1/namespaces/{name}", patience.Token);
        }
        foreach (var connection in Connections)
            connection.Dispose();
    }

    /// <summary>Deletes; what is gone already, or cannot be reached any more, is not this run's to mend.</summary>
    public async Task ForgetAsync(string path, CancellationToken cancel)
    {
        try
        {
            await Connections[0].SendAsync(HttpMethod.Delete, path, "{\"kind\":\"DeleteOptions\",\"apiVersion\":\"v1\",\"gracePeriodSeconds\":0}"u8.ToArray(), Json, cancel);
        }
        catch (Exception failure) when (failure is ApiException or HttpRequestException or OperationCanceledException or IOException)
        {
            if (failure is not ApiException { Code: HttpStatusCode.NotFound or HttpStatusCode.Conflict })
                await Console.Error.WriteLineAsync($"ballast bench: {path} could not be removed: {failure.Message}");
        }
    }

    /// <summary>Text that does not shrink when it is compressed; the same in every run.</summary>
    private static string Payload()
    {
        const string Letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/";
#pragma warning disable CA5394 // a load, not a secret
        var random = new Random(1);
        return string.Create(PayloadBytes, random, static (text, source) =>
        {
            foreach (ref var c in text)
                c = Letters[source.Next(Letters.Length)];
        });
#pragma warning restore CA5394
    }
}
