using System.Diagnostics;
using Ballast.Admin.Files;

namespace Ballast.Admin.Hosts;

/// <summary>A daemon as a unit of systemd: it comes back after a crash and after a restart of the machine.</summary>
internal sealed class SystemdUnit(Daemon daemon)
{
    /// <summary>Exists where systemd is the machine's init.</summary>
    private const string Running = "/run/systemd/system";

    public string File => $"/etc/systemd/system/{daemon.Name}.service";

    /// <summary>Is this the machine itself, and does systemd run on it?</summary>
    public static bool IsUsedOn(HostPaths paths) => paths.Root == "/" && Directory.Exists(Running);

    /// <summary>Writes the unit and starts it. True where it did not run.</summary>
    public bool EnsureRunning()
    {
        AtomicFile.Write(File, Render(), AtomicFile.Public);
        Systemctl("daemon-reload");
        var ran = Run("is-active", "--quiet", daemon.Name) == 0;
        Systemctl("enable", "--now", daemon.Name);
        return !ran;
    }

    /// <summary>Writes the unit and starts the daemon anew.</summary>
    public void Restart()
    {
        AtomicFile.Write(File, Render(), AtomicFile.Public);
        Systemctl("daemon-reload");
        Systemctl("enable", daemon.Name);
        Systemctl("restart", daemon.Name);
    }

    /// <summary>Stops it and takes the unit away.</summary>
    public static void Remove(string name)
    {
        Run("disable", "--now", name);
        System.IO.File.Delete($"/etc/systemd/system/{name}.service");
        Systemctl("daemon-reload");
    }

    /// <summary>Static pods are processes of their own and outlive the kubelet: only the kubelet itself is stopped with the unit.</summary>
    public string Render() =>
        $"""
        [Unit]
        Description={daemon.Name} of Ballast
        Wants=network-online.target
        After=network-online.target

        [Service]
        Environment={HostProcesses.Marker}=/
        ExecStart={string.Join(' ', daemon.Command.Select(Quote))}
        Restart=always
        RestartSec=1
        KillMode=process
        LimitNOFILE=1048576

        [Install]
        WantedBy=multi-user.target

        """;

    private static string Quote(string word) => word.Any(c => c is ' ' or '"' or '\\' or '$' or '%' or ';')
        ? $"\"{word.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("%", "%%", StringComparison.Ordinal).Replace("$", "$$", StringComparison.Ordinal)}\"" : word;

    private static void Systemctl(params string[] arguments)
    {
        if (Run(arguments) is var code and not 0)
            throw new IOException($"systemctl {string.Join(' ', arguments)} ended with {code}");
    }

    private static int Run(params string[] arguments)
    {
        using var systemctl = Process.Start(new ProcessStartInfo("systemctl", arguments) { UseShellExecute = false })!;
        systemctl.WaitForExit();
        return systemctl.ExitCode;
    }
}
