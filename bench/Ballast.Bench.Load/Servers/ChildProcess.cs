using System.Diagnostics;
using System.Runtime.InteropServices;
using Ballast.Bench.Load.Workloads;

namespace Ballast.Bench.Load.Servers;

/// <summary>A process of this run, with its output in a file.</summary>
internal sealed partial class ChildProcess
{
    private const int Sigterm = 15;

    private readonly Process _process;
    private readonly string _logFile;
    private readonly Task _copying;

    private ChildProcess(Process process, string logFile)
    {
        _process = process;
        _logFile = logFile;
        Directory.CreateDirectory(Path.GetDirectoryName(logFile)!);
        var log = TextWriter.Synchronized(new StreamWriter(logFile) { AutoFlush = true });
        _copying = Task.WhenAll(CopyAsync(process.StandardOutput, log), CopyAsync(process.StandardError, log));
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public static ChildProcess Start(string program, IEnumerable<string> arguments, string logFile)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            return new(Process.Start(start)!, logFile);
        }
        catch (System.ComponentModel.Win32Exception missing)
        {
            throw new WorkloadException($"{program} cannot be started: {missing.Message}");
        }
    }

    public string LogTail() => string.Join('\n', File.ReadLines(_logFile).TakeLast(15));

    /// <summary>SIGTERM, and SIGKILL where that does not end it in time.</summary>
    public async Task StopAsync(TimeSpan grace)
    {
        if (!_process.HasExited)
            _ = Kill(_process.Id, Sigterm);
        using var patience = new CancellationTokenSource(grace);
        try
        {
            await _process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill();
            await _process.WaitForExitAsync(CancellationToken.None);
        }
        await _copying;
        _process.Dispose();
    }

    private static async Task CopyAsync(StreamReader from, TextWriter to)
    {
        while (await from.ReadLineAsync() is { } line)
            await to.WriteLineAsync(line);
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Kill(int process, int signal);
}
