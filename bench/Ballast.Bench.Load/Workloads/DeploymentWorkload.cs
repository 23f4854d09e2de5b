using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Ballast.Bench.Load.Workloads;

/// <summary>From the creation of a Deployment until each of its pods has a node. Needs a controller manager and a scheduler.</summary>
internal sealed class DeploymentWorkload : IWorkload
{
    private const int Nodes = 100;
    private const int Replicas = 500;

    public Work Work => Works.Deployment;

    public async Task<Figures> RunAsync(Bench bench, CancellationToken cancel)
    {
        await bench.NamespaceAsync(bench.Namespace, cancel);
        await using var nodes = await HollowNodes.RegisterAsync(bench, Nodes, cancel);
        var deployments = $"/apis/apps/v1/namespaces/{bench.Namespace}/deployments";
        try
        {
            long created = 0;
            var cpu = bench.Processes.Cpu;
            await BoundPods.WaitAsync(bench, Replicas, async () =>
            {
                created = Stopwatch.GetTimestamp();
                await bench.Connections[0].ObjectAsync(HttpMethod.Post, deployments, Deployment(bench), Bench.Json, cancel);
            }, cancel);
            var took = Stopwatch.GetElapsedTime(created);
            return new Figures { Seconds = took.TotalSeconds, PerSecond = Replicas / took.TotalSeconds };
        }
        finally
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            await bench.ForgetAsync($"{deployments}/spread", patience.Token);
            await bench.ForgetAsync($"/apis/apps/v1/namespaces/{bench.Namespace}/replicasets", patience.Token);
            await bench.ForgetAsync($"/api/v1/namespaces/{bench.Namespace}/pods", patience.Token);
        }
    }

    private static JsonObject Deployment(Bench bench) => new()
    {
        ["metadata"] = new JsonObject { ["name"] = "spread" },
        ["spec"] = new JsonObject
        {
            ["replicas"] = Replicas,
            ["selector"] = new JsonObject { ["matchLabels"] = new JsonObject { ["app"] = "spread" } },
            ["template"] = new JsonObject
            {
                ["metadata"] = new JsonObject { ["labels"] = new JsonObject { ["app"] = "spread" } },
                ["spec"] = new JsonObject
                {
                    ["nodeSelector"] = HollowNodes.SelectorOf(bench),
                    ["containers"] = new JsonArray(new JsonObject
                    {
                        ["name"] = "pause", ["image"] = "registry.k8s.io/pause:3.10", ["resources"] = new JsonObject { ["requests"] = new JsonObject { ["cpu"] = "10m" } },
                    }),
                },
            },
        },
    };
}
