using Ballast.Admin.Clusters;

namespace Ballast.Admin.Phases;

/// <summary>Waits until this host's API server, and then the endpoint, answer <c>/readyz</c>.</summary>
public sealed class WaitControlPlanePhase : IPhase
{
    private static readonly TimeSpan PollEvery = TimeSpan.FromMilliseconds(200);

    public string Name => "wait-control-plane";

    public string Title => "Wait for the API server";

    public IEnumerable<string> Writes(PhaseContext context) => [];

    public async Task<string> RunAsync(PhaseContext context, CancellationToken cancel)
    {
        using var http = ClusterReadiness.TrustingClient(context.Paths.Pki("ca.crt"));
        var start = context.Time.GetTimestamp();
        await ReadyAsync($"https://{context.Host.Address}:6443", $"see its log, and the kubelet's: {context.Paths.DaemonLog("kubelet")}");
        await ReadyAsync(context.Cluster.Server, $"check that it leads to https://{context.Host.Address}:6443, and run the command again");
        return context.Cluster.Server;

        async Task ReadyAsync(string server, string hint)
        {
            string problem;
            while ((problem = await ProblemAsync(http, server, cancel)).Length > 0)
            {
                if (context.Time.GetElapsedTime(start) > context.Patience)
                    throw new ClusterException($"{server}/readyz did not answer within {context.Patience.TotalSeconds:0} s: {problem}") { Hint = hint };
                await Task.Delay(PollEvery, context.Time, cancel);
            }
        }
    }

    private static async Task<string> ProblemAsync(HttpClient http, string server, CancellationToken cancel)
    {
        try
        {
            using var answer = await http.GetAsync(new Uri($"{server}/readyz"), cancel);
            return answer.IsSuccessStatusCode ? "" : $"it answered {(int)answer.StatusCode}";
        }
        catch (HttpRequestException unreachable)
        {
            return unreachable.InnerException?.Message ?? unreachable.Message;
        }
        catch (TaskCanceledException) when (!cancel.IsCancellationRequested)
        {
            return "it did not answer within 2 s";
        }
    }
}
