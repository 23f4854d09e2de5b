using Ballast.Bench.Load.Api;
using Ballast.Bench.Load.Measuring;
using Ballast.Bench.Load.Reporting;
using Ballast.Bench.Load.Servers;
using Ballast.Bench.Load.Workloads;

namespace Ballast.Bench.Load;

/// <summary>Does the work that is asked for, one piece after another, and goes on where one fails.</summary>
internal static class BenchRun
{
    /// <summary>Against a server that is up.</summary>
    public static async Task<IReadOnlyList<Result>> AgainstAsync(
        ApiTarget target, ServerProcesses processes, IReadOnlyList<IWorkload> workloads, BenchOptions options, CancellationToken cancel)
    {
        var results = new List<Result>();
        await using var bench = new Bench(target, processes, options);
        foreach (var workload in workloads)
            results.Add(await RunAsync(workload, bench, cancel));
        return results;
    }

    /// <summary>Against a server of its own.</summary>
    public static async Task<IReadOnlyList<Result>> StandaloneAsync(
        string program, string? kubeApiServer, IReadOnlyList<IWorkload> workloads, BenchOptions options, CancellationToken cancel)
    {
        await using var server = await StandaloneServer.StartAsync(program, kubeApiServer, cancel);
        if (workloads.Any(w => w.Work == Works.Deployment))
            server.StartControllers();
        var target = ApiTarget.FromKubeconfig(server.Kubeconfig, null);
        var results = await AgainstAsync(target, ServerProcesses.Find(server.Kubeconfig, target.Server), workloads, options, cancel);
        return options.Includes(Works.Start)
            ? [new Result(Works.Start, server.StartFigures, null), .. results]
            : results;
    }

    private static async Task<Result> RunAsync(IWorkload workload, Bench bench, CancellationToken cancel)
    {
        await Console.Error.WriteLineAsync(workload.Work.Title);
        try
        {
            return new(workload.Work, await workload.RunAsync(bench, cancel), null);
        }
        catch (Exception failure) when (failure is ApiException or WorkloadException or HttpRequestException or IOException)
        {
            return new(workload.Work, null, failure.InnerException is { } cause ? $"{failure.Message} {cause.Message}" : failure.Message);
        }
    }
}
