using Ballast.Admin.Files;

namespace Ballast.Admin.Hosts;

/// <summary>
/// A timer of systemd that renews, twice a day, the certificates of this machine that have lived two thirds of their lifetime. It does nothing where no CA's key is: such
/// a host's kubelet renews its own by a request to the cluster.
/// </summary>
internal static class SystemdRenewal
{
    private const string Name = "ballast-certs-renew";
    private const string Service = $"/etc/systemd/system/{Name}.service";
    private const string Timer = $"/etc/systemd/system/{Name}.timer";

    /// <summary>Writes it; again, with another program, where there is one. The caller has systemd read its units again.</summary>
    public static void Write(string program)
    {
        AtomicFile.Write(Service, RenderService(program), AtomicFile.Public);
        AtomicFile.Write(Timer, RenderTimer(), AtomicFile.Public);
    }

    /// <summary>Starts it, now and with the machine.</summary>
    public static void Enable() => Systemctl.MustRun("enable", "--quiet", "--now", $"{Name}.timer");

    /// <summary>Takes it away. The caller has systemd read its units again.</summary>
    public static void Remove()
    {
        Systemctl.Run("disable", "--quiet", "--now", $"{Name}.timer");
        File.Delete(Timer);
        File.Delete(Service);
    }

    public static string RenderService(string program) =>
        $"""
        [Unit]
        Description=Renewal of the control plane's certificates
        ConditionPathExists=|/etc/kubernetes/pki/ca.key
        ConditionPathExists=|/etc/kubernetes/pki/etcd/ca.key

        [Service]
        Type=oneshot
        ExecStart={SystemdUnit.Quote(program)} certs renew all --due --root-dir /

        """;

    /// <summary>A machine that was off when it was time catches up; the hosts of a cluster do not all do it in the same minute.</summary>
    public static string RenderTimer() =>
        """
        [Unit]
        Description=Renewal of the control plane's certificates, twice a day

        [Timer]
        OnCalendar=00/12:00
        RandomizedDelaySec=1h
        Persistent=true

        [Install]
        WantedBy=timers.target

        """;
}
