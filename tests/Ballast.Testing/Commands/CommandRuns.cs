using System.Diagnostics;

namespace Ballast.Testing.Commands;

/// <summary>What a command printed, and how it ended.</summary>
public sealed record CommandResult(int ExitCode, string Output, string Error);

/// <summary>Runs programs to their end.</summary>
public static class CommandRuns
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    extension(ProcessStartInfo start)
    {
        /// <param name="input">What it reads; null for nothing.</param>
        /// <param name="patience">How long it may take; null for a minute.</param>
        /// <param name="cancel">Ends it.</param>
        /// <exception cref="TimeoutException">It took longer, and was ended.</exception>
        public async Task<CommandResult> RunAsync(string? input = null, TimeSpan? patience = null, CancellationToken cancel = default)
        {
            (start.RedirectStandardInput, start.RedirectStandardOutput, start.RedirectStandardError) = (true, true, true);
            using var process = Process.Start(start)!;
            using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            deadline.CancelAfter(patience ?? Patience);
            try
            {
                var output = process.StandardOutput.ReadToEndAsync(deadline.Token);
                var error = process.StandardError.ReadToEndAsync(deadline.Token);
                if (input is not null)
                    await process.StandardInput.WriteAsync(input.AsMemory(), deadline.Token);
                process.StandardInput.Close();
                await process.WaitForExitAsync(deadline.Token);
                return new(process.ExitCode, await output, await error);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                throw new TimeoutException($"{start.Shown} did not end within {(patience ?? Patience).TotalSeconds} s");
            }
        }

        /// <summary>Runs it to a good end, and returns what it printed.</summary>
        public async Task<string> SucceedAsync(string? input = null, TimeSpan? patience = null, CancellationToken cancel = default)
        {
            var result = await start.RunAsync(input, patience, cancel);
            return result.ExitCode == 0
                ? result.Output
                : throw new InvalidOperationException($"{start.Shown} ended with {result.ExitCode}: {result.Error}{result.Output}");
        }

        private string Shown => $"{start.FileName} {start.Arguments}{string.Join(' ', start.ArgumentList)}";
    }
}
