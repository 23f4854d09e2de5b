using System.CommandLine;
using System.Runtime.InteropServices;
using Ballast.Admin.Clusters;
using Ballast.Bench.Load.Api;
using Ballast.Bench.Load.Measuring;
using Ballast.Bench.Load.Reporting;
using Ballast.Bench.Load.Workloads;

namespace Ballast.Bench.Load;

/// <summary><c>ballast bench</c>.</summary>
internal static class BenchCommand
{
    public static RootCommand Create()
    {
        var defaults = new BenchOptions();
        var standalone = new Option<bool>("--standalone") { Description = "Start one API server and one etcd for the run, and end them." };
        var cluster = new Option<bool>("--cluster") { Description = "Also measure what needs controllers: `up` itself, a large Deployment, and a scheduler that is killed." };
        var kubeconfig = new Option<string?>("--kubeconfig") { Description = "The API to measure; else $KUBECONFIG, else the cluster that `ballast up` made.", HelpName = "FILE" };
        var server = new Option<string?>("--server") { Description = "Its address, in place of the kubeconfig's.", HelpName = "URL" };
        var name = new Option<string>("--name") { Description = "The `up` cluster's name.", DefaultValueFactory = _ => "ballast", HelpName = "NAME" };
        var dataDirectory = new Option<string>("--data-dir") { Description = "The folder that clusters are kept in.", DefaultValueFactory = _ => ClusterDirectory.DefaultDataDirectory, HelpName = "DIR" };
        var pids = new Option<int[]>("--pid") { Description = "The API server's process, where it is not found by itself.", HelpName = "PID" };
        var clients = Number("--clients", defaults.Clients, "Requests under way at once.");
        var connections = Number("--connections", defaults.Connections, "HTTP/2 connections that the clients share.");
        var objects = Number("--objects", defaults.Objects, "ConfigMaps of 1 KB in the namespace.");
        var watchers = Number("--watchers", defaults.Watchers, "Watchers of the namespace.");
        var writes = Number("--watched-writes", defaults.WatchedWrites, "Writes a second while they watch; 0 for as many as there can be.");
        var seconds = Number("--seconds", (int)defaults.Duration.TotalSeconds, "How long each kind of request is measured.");
        var only = new Option<string[]>("--only") { Description = $"Some of {string.Join(", ", Works.All.Select(w => w.Key))}; comma separated.", HelpName = "WORK", DefaultValueFactory = _ => [] };
        var output = new Option<string>("-o", "--output") { Description = "table or json.", DefaultValueFactory = _ => "table" };
        output.AcceptOnlyFromAmong("table", "json");
        var reference = new Option<string?>("--reference") { Description = "With --standalone: upstream's kube-apiserver, measured first, in the same way.", HelpName = "FILE" };
        var program = new Option<string>("--program") { Hidden = true, DefaultValueFactory = _ => "ballast" };
        only.Validators.Add(result =>
        {
            foreach (var unknown in Keys(result.GetValueOrDefault<string[]>() ?? []).Except(Works.All.Select(w => w.Key)))
                result.AddError($"--only {unknown}: no such work; there is {string.Join(", ", Works.All.Select(w => w.Key))}");
        });

        var command = new RootCommand("Measure a Kubernetes API: rate, latency, and what it costs the server.");
        foreach (var option in new Option[] { standalone, cluster, kubeconfig, server, name, dataDirectory, pids, clients, connections, objects, watchers, writes, seconds, only, output, reference, program })
            command.Options.Add(option);
        command.SetAction((result, _) => GuardedAsync(async cancel =>
        {
            var options = new BenchOptions
            {
                Clients = result.GetValue(clients),
                Connections = Math.Min(result.GetValue(connections), result.GetValue(clients)),
                Objects = result.GetValue(objects),
                Watchers = result.GetValue(watchers),
                WatchedWrites = result.GetValue(writes),
                Duration = TimeSpan.FromSeconds(result.GetValue(seconds)),
                Only = [.. Keys(result.GetValue(only)!)],
            };
            var directory = new ClusterDirectory(result.GetValue(dataDirectory)!, result.GetValue(name)!);
            var workloads = WorkloadsOf(options, result.GetValue(cluster), result.GetValue(program)!, result.GetValue(standalone) ? null : directory);
            IReadOnlyList<Result> results;
            if (result.GetValue(standalone))
            {
                var theirs = result.GetValue(reference) is { } binary ? await BenchRun.StandaloneAsync(result.GetValue(program)!, binary, workloads, options, cancel) : [];
                var ours = await BenchRun.StandaloneAsync(result.GetValue(program)!, null, workloads, options, cancel);
                results = [.. ours.Select(r => theirs.FirstOrDefault(t => t.Work == r.Work)?.Figures is { } figures ? r with { Reference = figures } : r)];
            }
            else
            {
                var file = result.GetValue(kubeconfig) ?? FromEnvironment() ?? directory.AdminKubeconfig(directory.Load());
                var target = ApiTarget.FromKubeconfig(file, result.GetValue(server));
                var processes = result.GetValue(pids) is { Length: > 0 } ids ? new ServerProcesses(ids) : ServerProcesses.Find(file, target.Server);
                results = await BenchRun.AgainstAsync(target, processes, workloads, options, cancel);
                if (directory.Exists && Path.GetFullPath(file).StartsWith(directory.Path + "/", StringComparison.Ordinal))
                    results = [.. results, .. ComponentMemory.Of(directory)];
            }
            if (result.GetValue(output) == "json")
                Report.WriteJson(results, Console.Out);
            else
                Report.WriteTable(results, Console.Out);
            return results.Any(r => r.Failure is not null) ? 1 : 0;
        }));
        return command;
    }

    private static IReadOnlyList<IWorkload> WorkloadsOf(BenchOptions options, bool cluster, string program, ClusterDirectory? directory)
    {
        var all = new List<IWorkload> { new CreateWorkload(), new GetWorkload(), new ListWorkload(), new PatchWorkload(), new ApplyWorkload(), new WatchWorkload(), new MemoryWorkload() };
        if (cluster)
        {
            all.Insert(0, new UpWorkload(program));
            all.Add(new DeploymentWorkload());
        }
        // Only a cluster on this machine has a supervisor that can be watched at its work.
        if (cluster && directory is not null)
            all.Add(new FailoverWorkload(directory));
        return [.. all.Where(w => options.Includes(w.Work))];
    }

    /// <summary>With a token that fires on SIGINT and SIGTERM; what the user can mend becomes one sentence.</summary>
    private static async Task<int> GuardedAsync(Func<CancellationToken, Task<int>> run)
    {
        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        try
        {
            return await run(stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return 130;
        }
        catch (Exception mistake) when (mistake is ClusterException or WorkloadException or ApiException or HttpRequestException or IOException or UnauthorizedAccessException or k8s.Exceptions.KubeConfigException)
        {
            await Console.Error.WriteLineAsync($"ballast bench: {mistake.Message}");
            if (mistake is ClusterException { Hint: { } hint })
                await Console.Error.WriteLineAsync($"  try: {hint}");
            return 1;
        }

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }
    }

    private static IEnumerable<string> Keys(IEnumerable<string> given) => given.SelectMany(g => g.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));

    private static string? FromEnvironment() => Environment.GetEnvironmentVariable("KUBECONFIG") is { Length: > 0 } file ? file : null;

    private static Option<int> Number(string name, int value, string help)
    {
        var option = new Option<int>(name) { Description = help, DefaultValueFactory = _ => value, HelpName = "N" };
        var least = name == "--watched-writes" ? 0 : 1;
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < least)
                result.AddError($"{name} must be at least {least}");
        });
        return option;
    }
}
