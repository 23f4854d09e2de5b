using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Ballast.Admin.Clusters;
using Ballast.Admin.Pki;
using Ballast.ComponentBase.Commands;

namespace Ballast.Commands;

/// <summary>What all of the operator's commands have in common: examples in their help, and failures told in one sentence.</summary>
internal static class CommandExtensions
{
    private static readonly ConditionalWeakTable<Command, string[]> Examples = [];

    extension(Command command)
    {
        /// <summary>Shown at the end of the command's help.</summary>
        public Command WithExamples(params string[] examples)
        {
            Examples.Add(command, examples);
            return command;
        }

        /// <summary>Runs <paramref name="run"/> with a token that fires on SIGINT and SIGTERM; a mistake of the user's becomes one sentence and its exit code.</summary>
        public void OnRun(Func<ParseResult, CancellationToken, Task<int>> run) => command.SetAction(async (result, _) =>
        {
            using var stop = new CancellationTokenSource();
            using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
            using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
            try
            {
                return await run(result, stop.Token);
            }
            catch (ClusterException mistake)
            {
                return await FailAsync(result, mistake.Message, mistake.Hint, mistake.ExitCode);
            }
            catch (PkiException damaged)
            {
                return await FailAsync(result, damaged.Message, null, 1);
            }
            catch (Exception refused) when (refused is UnauthorizedAccessException or IOException)
            {
                return await FailAsync(result, refused.Message, null, 1);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return await FailAsync(result, "interrupted; what was done is kept, and the command can be run again", null, 130);
            }

            void Stop(PosixSignalContext signal)
            {
                signal.Cancel = true;
                stop.Cancel();
            }
        });
    }

    /// <summary>Adds the examples to the help of every command below <paramref name="root"/>.</summary>
    public static void ShowExamplesInHelp(this RootCommand root)
    {
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamples((SynchronousCommandLineAction)help.Action!);
    }

    private static async Task<int> FailAsync(ParseResult result, string message, string? hint, int exitCode)
    {
        await Console.Error.WriteLineAsync($"{CommandLine.PathOf(result.CommandResult)}: {message}");
        if (hint is not null)
            await Console.Error.WriteLineAsync($"  try: {hint}");
        return exitCode;
    }

    private sealed class HelpWithExamples(SynchronousCommandLineAction inner) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            var code = inner.Invoke(parseResult);
            if (Examples.TryGetValue(parseResult.CommandResult.Command, out var examples))
            {
                var output = parseResult.InvocationConfiguration.Output;
                output.WriteLine(examples.Length == 1 ? "Example:" : "Examples:");
                foreach (var example in examples)
                    output.WriteLine($"  {example}");
                output.WriteLine();
            }
            return code;
        }
    }
}
