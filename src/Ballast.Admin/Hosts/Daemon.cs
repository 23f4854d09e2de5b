using System.Diagnostics;
using Ballast.Admin.Files;

namespace Ballast.Admin.Hosts;

/// <summary>
/// A program that is to run on a host as long as the host does. On a machine of its own systemd looks after it; elsewhere a small shell script in a session of its
/// own starts it again whenever it ends. The script outlives the command that started it, and its terminal.
/// </summary>
/// <param name="Name"><c>kubelet</c>.</param>
/// <param name="Command">The program and its arguments.</param>
public sealed record Daemon(string Name, IReadOnlyList<string> Command)
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    /// <summary>The file that keeps it running.</summary>
    public string FileOn(HostPaths paths) => SystemdUnit.IsUsedOn(paths) ? new SystemdUnit(this).File : paths.Supervisor(Name);

    /// <summary>Writes the script, or the unit where systemd runs, and starts it, unless it runs already. True where it was started.</summary>
    public bool EnsureRunning(HostPaths paths)
    {
        if (SystemdUnit.IsUsedOn(paths))
            return new SystemdUnit(this).EnsureRunning();
        var script = paths.Supervisor(Name);
        AtomicFile.Folder(paths.Logs);
        AtomicFile.Write(script, Script(paths), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        if (new HostProcesses(paths).List().Any(p => p.Component is "supervisor"))
            return false;
        var start = new ProcessStartInfo("setsid") { UseShellExecute = false };
        start.ArgumentList.Add("--fork");
        start.ArgumentList.Add("sh");
        start.ArgumentList.Add(script);
        start.Environment[HostProcesses.Marker] = paths.Root;
        using var launcher = Process.Start(start) ?? throw new InvalidOperationException("setsid did not start");
        launcher.WaitForExit();
        return launcher.ExitCode == 0 ? true : throw new InvalidOperationException($"setsid ended with {launcher.ExitCode} while starting {script}");
    }

    /// <summary>Does it run with this very command?</summary>
    public bool Runs(HostPaths paths) =>
        new HostProcesses(paths).List().Any(p => p.Component == Name && p.Command().SequenceEqual(Command));

    /// <summary>Takes it to this command: writes the file that keeps it running, ends what runs, and starts it. What it started itself goes on.</summary>
    public async Task RestartAsync(HostPaths paths, TimeProvider time, CancellationToken cancel)
    {
        if (SystemdUnit.IsUsedOn(paths))
        {
            new SystemdUnit(this).Restart();
            return;
        }
        // A load balancer that is told to end takes no more clients and waits for those it has: here they are better off with the next one at once.
        await new HostProcesses(paths).StopDaemonAsync(Name, Name == "load-balancer" ? TimeSpan.Zero : Grace, time, cancel);
        EnsureRunning(paths);
    }

    private string Script(HostPaths paths)
    {
        var log = paths.DaemonLog(Name);
        return $"""
            #!/bin/sh
            # Keeps {Name} running until it is told to stop (SIGTERM). Written by ballast.
            exec </dev/null >>{Quote(log)} 2>&1
            trap 'stop=1; [ -z "$child" ] || kill -TERM "$child" 2>/dev/null' TERM INT
            trap '' HUP
            {Renewal(paths)}
            while [ -z "$stop" ]; do
              # A daemon writes little; what it wrote before the last start is kept once.
              [ "$(stat -c %s {Quote(log)})" -lt 10485760 ] || {"{"} mv {Quote(log)} {Quote(log + ".1")}; exec >>{Quote(log)} 2>&1; {"}"}
              {string.Join(" \\\n    ", Command.Select(Quote))} &
              child=$!
              while kill -0 "$child" 2>/dev/null; do wait "$child"; done
              child=
              [ -n "$stop" ] || sleep 0.5
            done
            [ -z "$renewal" ] || kill "$renewal" 2>/dev/null

            """;
    }

    /// <summary>Only the kubelet's hosts have CAs' keys.</summary>
    private string Renewal(HostPaths paths) => Name != "kubelet" ? "" :
        $"""
        # Where the CAs' keys are, what has lived two thirds of its lifetime is renewed, twice a day. Ends with this script, however that ends.
        ( ticks=0
          while sleep 30 && kill -0 $$ 2>/dev/null; do
            if [ $((ticks % 1440)) = 0 ] && {"{"} [ -e {Quote(paths.Pki("ca.key"))} ] || [ -e {Quote(paths.Pki("etcd/ca.key"))} ]; {"}"}; then
              {Quote(Command[0])} certs renew all --due --root-dir {Quote(paths.Root)}
            fi
            ticks=$((ticks + 1))
          done ) &
        renewal=$!
        """;

    private static string Quote(string word) => $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
