using System.CommandLine;
using System.Runtime.InteropServices;
using Ballast.ComponentBase.Flags;
using Ballast.ComponentBase.Logging;
using Microsoft.Extensions.Logging;

namespace Ballast.ComponentBase.Commands;

/// <summary>What every component is handed when it runs.</summary>
/// <param name="Logs">Where it logs; klog's shape on standard error.</param>
/// <param name="Time">The clock.</param>
public sealed record ComponentContext(ILoggerFactory Logs, TimeProvider Time);

/// <summary>A mistake of the user's: printed as it is, without a stack trace.</summary>
public sealed class UsageException(string message, int exitCode = 1) : Exception(message)
{
    public int ExitCode { get; } = exitCode;
}

/// <summary>Makes the command of a component: flags, signals, logging and exit code are the same for all.</summary>
public static class ComponentCommand
{
    /// <param name="name"><c>kube-apiserver</c>.</param>
    /// <param name="description">One sentence.</param>
    /// <param name="define">Declares the flags and returns what runs. Its token fires on SIGTERM and SIGINT; it returns the exit code.
    /// A second signal ends the process at once.</param>
    public static Command Create(string name, string description, Func<FlagSet, Func<ComponentContext, CancellationToken, Task<int>>> define)
    {
        var command = new Command(name, description);
        var flags = new FlagSet(command);
        var verbosity = flags.Int("v", 2, "Log level verbosity; 4 and more shows debugging messages.");
        var run = define(flags);
        command.SetAction(async (result, _) =>
        {
            flags.Read(result);
            using var logs = KlogLoggerFactory.Create(verbosity.Value);
            using var stop = new CancellationTokenSource();
            using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
            using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
            try
            {
                return await run(new ComponentContext(logs, TimeProvider.System), stop.Token);
            }
            catch (UsageException mistake)
            {
                await Console.Error.WriteLineAsync($"{name}: {mistake.Message}");
                return mistake.ExitCode;
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return 0;
            }

            void Stop(PosixSignalContext signal)
            {
                if (stop.IsCancellationRequested)
                    return;
                signal.Cancel = true;
                stop.Cancel();
            }
        });
        return command;
    }
}
