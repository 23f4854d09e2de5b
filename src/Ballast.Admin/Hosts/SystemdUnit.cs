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
        Write();
        var ran = Systemctl.Run("is-active", "--quiet", daemon.Name) == 0;
        Systemctl.MustRun("enable", "--quiet", "--now", daemon.Name);
        return !ran;
    }

    /// <summary>Writes the unit and starts the daemon anew.</summary>
    public void Restart()
    {
        Write();
        Systemctl.MustRun("enable", "--quiet", daemon.Name);
        Systemctl.MustRun("restart", daemon.Name);
    }

    /// <summary>Stops it until it is started, or the machine is.</summary>
    public static void Stop(string name) => Systemctl.MustRun("stop", name);

    /// <summary>Stops it and takes the unit away.</summary>
    public static void Remove(string name)
    {
        Systemctl.Run("disable", "--quiet", "--now", name);
        SystemdRenewal.Remove();
        System.IO.File.Delete($"/etc/systemd/system/{name}.service");
        Systemctl.MustRun("daemon-reload");
    }

    private void Write()
    {
        AtomicFile.Write(File, Render(), AtomicFile.Public);
        SystemdRenewal.Write(daemon.Command[0]);
        Systemctl.MustRun("daemon-reload");
        SystemdRenewal.Enable();
    }

    /// <summary>
    /// Static pods are processes of their own and outlive the kubelet: only the kubelet itself is stopped with the unit, and one of them that runs out of memory, or all
    /// their threads, is no matter of the unit's. systemd's patience with a daemon that ends again and again has no limit.
    /// </summary>
    public string Render() =>
        $"""
        [Unit]
        Description={daemon.Name} of Ballast
        Wants=network-online.target
        After=network-online.target
        StartLimitIntervalSec=0

        [Service]
        Environment={HostProcesses.Marker}=/
        ExecStart={string.Join(' ', daemon.Command.Select(Quote))}
        Restart=always
        RestartSec=1
        KillMode=process
        OOMPolicy=continue
        TasksMax=infinity
        LimitNOFILE=1048576

        [Install]
        WantedBy=multi-user.target

        """;

    internal static string Quote(string word) => word.Any(c => c is ' ' or '"' or '\\' or '$' or '%' or ';')
        ? $"\"{word.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("%", "%%", StringComparison.Ordinal).Replace("$", "$$", StringComparison.Ordinal)}\"" : word;
}
