using System.Diagnostics;

namespace Ballast.Bench.Load.Workloads;

/// <summary>Makes a cluster of three control planes and two workers in a folder of its own, as a user does, and ends it again.</summary>
/// <param name="program">The built program.</param>
internal sealed class UpWorkload(string program) : IWorkload
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    public Work Work => Works.Up;

    public async Task<Figures> RunAsync(Bench bench, CancellationToken cancel)
    {
        var folder = Directory.CreateTempSubdirectory("ballast-bench-").FullName;
        string[] selection = ["--name", bench.Namespace, "--data-dir", folder];
        try
        {
            var begun = Stopwatch.GetTimestamp();
            await RunAsync(["up", .. selection], cancel);
            return new() { Seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds };
        }
        finally
        {
            await RunAsync(["down", .. selection], CancellationToken.None);
            Directory.Delete(folder, recursive: true);
        }
    }

    private async Task RunAsync(string[] arguments, CancellationToken cancel)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(Patience);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(patience.Token);
            var error = process.StandardError.ReadToEndAsync(patience.Token);
            await process.WaitForExitAsync(patience.Token);
            await output;
            if (process.ExitCode != 0)
                throw new WorkloadException($"ballast {arguments[0]} ended with {process.ExitCode}: {(await error).Trim()}");
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            cancel.ThrowIfCancellationRequested();
            throw new WorkloadException($"ballast {arguments[0]} did not end within {Patience.TotalMinutes:0} minutes");
        }
    }
}
