using System.Diagnostics;
using System.Text.Json.Nodes;
using Ballast.Admin.Clusters;
using Ballast.Admin.Hosts;

namespace Ballast.Bench.Load.Workloads;

/// <summary>Kills the scheduler that leads (SIGKILL) and times the next pod until it has a node.</summary>
/// <param name="cluster">An <c>up</c> cluster: its scheduler is looked for on this machine.</param>
internal sealed class FailoverWorkload(ClusterDirectory cluster) : IWorkload
{
    public Work Work => Works.Failover;

    public async Task<Figures> RunAsync(Bench bench, CancellationToken cancel)
    {
        await bench.NamespaceAsync(bench.Namespace, cancel);
        await using var nodes = await HollowNodes.RegisterAsync(bench, 1, cancel);
        var lease = await bench.Connections[0].GetObjectAsync("/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/kube-scheduler", cancel);
        // HOST_UUID
        var host = ((string?)lease["spec"]?["holderIdentity"] ?? "").Split('_')[0];
        if (host.Length == 0)
            throw new WorkloadException("no scheduler leads");
        try
        {
            long killed = 0;
            await BoundPods.WaitAsync(bench, 1, async () =>
            {
                new ClusterHosts(cluster, Environment.ProcessPath!, TimeProvider.System).Signal($"kube-scheduler@{host}", ComponentSignal.Kill);
                killed = Stopwatch.GetTimestamp();
                await bench.Connections[0].ObjectAsync(HttpMethod.Post, $"/api/v1/namespaces/{bench.Namespace}/pods", Pod(bench), Bench.Json, cancel);
            }, cancel);
            return new Figures { Seconds = Stopwatch.GetElapsedTime(killed).TotalSeconds };
        }
        finally
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            await bench.ForgetAsync($"/api/v1/namespaces/{bench.Namespace}/pods/next", patience.Token);
        }
    }

    private static JsonObject Pod(Bench bench) => new()
    {
        ["metadata"] = new JsonObject { ["name"] = "next" },
        ["spec"] = new JsonObject
        {
            ["nodeSelector"] = HollowNodes.SelectorOf(bench),
            ["containers"] = new JsonArray(new JsonObject { ["name"] = "pause", ["image"] = "registry.k8s.io/pause:3.10" }),
        },
    };
}
