using System.Text;
using System.Text.Json.Nodes;

namespace Ballast.Bench.Load.Workloads;

/// <summary>Counts the pods of the run's namespace that have a node, as a watch tells.</summary>
internal static class BoundPods
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    /// <summary>Begins to watch, does <paramref name="act"/>, and returns when as many pods more are bound.</summary>
    /// <exception cref="WorkloadException">They were not in time.</exception>
    public static async Task WaitAsync(Bench bench, int count, Func<Task> act, CancellationToken cancel)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(Patience);
        var pods = $"/api/v1/namespaces/{bench.Namespace}/pods";
        var list = await bench.Connections[0].GetObjectAsync(pods, cancel);
        var before = list["items"]!.AsArray().Where(IsBound).Select(NameOf).ToHashSet(StringComparer.Ordinal);
        var bound = new HashSet<string>(StringComparer.Ordinal);
        // A connection of its own: its events must not wait behind others' answers.
        using var api = bench.Target.Connect();
        try
        {
            await using var stream = await api.OpenAsync($"{pods}?watch=true&resourceVersion={(string?)list["metadata"]!["resourceVersion"]}&timeoutSeconds=600", patience.Token);
            using var lines = new StreamReader(stream, Encoding.UTF8);
            await act();
            while (bound.Count < count)
            {
                var line = await lines.ReadLineAsync(patience.Token) ?? throw new WorkloadException($"the watch ended with {bound.Count} of {count} pods bound");
                if (line.Contains("\"nodeName\":", StringComparison.Ordinal) && JsonNode.Parse(line)?["object"] is { } pod && IsBound(pod) && !before.Contains(NameOf(pod)))
                    bound.Add(NameOf(pod));
            }
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new WorkloadException($"{bound.Count} of {count} pods were bound after {Patience.TotalSeconds} s");
        }
    }

    private static bool IsBound(JsonNode? pod) => (string?)pod!["spec"]?["nodeName"] is { Length: > 0 };

    private static string NameOf(JsonNode? pod) => (string?)pod!["metadata"]?["name"] ?? "";
}
