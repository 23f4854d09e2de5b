using System.Globalization;
using System.Text.Json.Nodes;
using Ballast.Bench.Load.Api;

namespace Ballast.Bench.Load.Workloads;

/// <summary>
/// Nodes that are only registered: they are Ready, have room and renew their leases, and nothing runs on them. They carry a label that the pods of this run select.
/// </summary>
internal sealed class HollowNodes : IAsyncDisposable
{
    private const string MergePatch = "application/merge-patch+json";
    private const string Leases = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases";

    private static readonly TimeSpan Renewal = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Bench _bench;
    private readonly int _count;
    private readonly CancellationTokenSource _stop = new();
    private Task _renewing = Task.CompletedTask;

    private HollowNodes(Bench bench, int count) => (_bench, _count) = (bench, count);

    /// <summary>What the pods of this run select.</summary>
    public static JsonObject SelectorOf(Bench bench) => new() { ["ballast.dev/bench"] = bench.Namespace };

    /// <summary>Registers them, and waits until pods may be put there.</summary>
    public static async Task<HollowNodes> RegisterAsync(Bench bench, int count, CancellationToken cancel)
    {
        var nodes = new HollowNodes(bench, count);
        try
        {
            await nodes.EachAsync(nodes.RegisterAsync, cancel);
            nodes._renewing = nodes.RenewAsync();
            await nodes.UntilUntaintedAsync(cancel);
            return nodes;
        }
        catch
        {
            await nodes.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _renewing;
        using var patience = new CancellationTokenSource(Patience);
        await EachAsync(async (name, api) =>
        {
            await _bench.ForgetAsync($"/api/v1/nodes/{name}", patience.Token);
            await _bench.ForgetAsync($"{Leases}/{name}", patience.Token);
        }, patience.Token);
        _stop.Dispose();
    }

    private async Task RegisterAsync(string name, ApiConnection api)
    {
        var labels = SelectorOf(_bench);
        labels["kubernetes.io/hostname"] = name;
        labels["kubernetes.io/os"] = "linux";
        await api.ObjectAsync(HttpMethod.Post, "/api/v1/nodes", new JsonObject { ["metadata"] = new JsonObject { ["name"] = name, ["labels"] = labels } }, Bench.Json, _stop.Token);
        await api.ObjectAsync(HttpMethod.Post, Leases, new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = name },
            ["spec"] = new JsonObject { ["holderIdentity"] = name, ["leaseDurationSeconds"] = 40, ["renewTime"] = Now() },
        }, Bench.Json, _stop.Token);
        await api.ObjectAsync(HttpMethod.Patch, $"/api/v1/nodes/{name}/status", new JsonObject { ["status"] = Status() }, MergePatch, _stop.Token);
    }

    private static JsonObject Status()
    {
        var now = DateTimeOffset.UtcNow.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
        JsonObject Amounts() => new() { ["cpu"] = "32", ["memory"] = "128Gi", ["pods"] = "110", ["ephemeral-storage"] = "100Gi" };
        JsonObject Condition(string type, string status, string reason) => new()
        {
            ["type"] = type, ["status"] = status, ["reason"] = reason, ["message"] = "hollow", ["lastHeartbeatTime"] = now, ["lastTransitionTime"] = now,
        };
        return new()
        {
            ["capacity"] = Amounts(),
            ["allocatable"] = Amounts(),
            ["conditions"] = new JsonArray(
                Condition("MemoryPressure", "False", "KubeletHasSufficientMemory"),
                Condition("DiskPressure", "False", "KubeletHasNoDiskPressure"),
                Condition("PIDPressure", "False", "KubeletHasSufficientPID"),
                Condition("Ready", "True", "KubeletReady")),
        };
    }

    /// <summary>The node lifecycle controller takes the not-ready taint away when it has seen the conditions.</summary>
    private async Task UntilUntaintedAsync(CancellationToken cancel)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(Patience);
        try
        {
            while (true)
            {
                var list = await _bench.Connections[0].GetObjectAsync($"/api/v1/nodes?labelSelector=ballast.dev/bench%3D{_bench.Namespace}", patience.Token);
                if (list["items"]!.AsArray().Count(n => n!["spec"]?["taints"] is not JsonArray { Count: > 0 }) == _count)
                    return;
                await Task.Delay(100, patience.Token);
            }
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new WorkloadException($"the nodes were still tainted after {Patience.TotalSeconds} s: is a controller manager running?");
        }
    }

    private async Task RenewAsync()
    {
        try
        {
            using var timer = new PeriodicTimer(Renewal);
            while (await timer.WaitForNextTickAsync(_stop.Token))
                await EachAsync((name, api) => api.ObjectAsync(HttpMethod.Patch, $"{Leases}/{name}", new JsonObject { ["spec"] = new JsonObject { ["renewTime"] = Now() } }, MergePatch, _stop.Token), _stop.Token);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // done
        }
    }

    private Task EachAsync(Func<string, ApiConnection, Task> act, CancellationToken cancel) => Parallel.ForEachAsync(
        Enumerable.Range(0, _count), new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = cancel },
        async (i, _) => await act($"{_bench.Namespace}-{i:D3}", _bench.Connections[i % _bench.Connections.Count]));

    private static string Now() => DateTimeOffset.UtcNow.ToString("yyyy-MM-ddTHH:mm:ss.ffffffZ", CultureInfo.InvariantCulture);
}
