using System.Globalization;
using Ballast.Integration.Tests.Clusters;

namespace Ballast.Integration.Tests.Hosts;

/// <summary>
/// A machine whose init is the real systemd: namespaces of its own, this machine's files below its own changes to them, and one address. It can be switched off and on
/// again. Disposing ends all that runs on it and forgets what it wrote.
/// </summary>
public sealed class SystemdMachine : IAsyncDisposable
{
    public const string Name = "machine-1";
    public const string Address = "10.77.0.1";

    /// <summary>Makes the machine's files, and gives them and its process over to systemd.</summary>
    private const string Boot =
        """
        set -e
        changes=$1; root=$1/root
        mkdir -p "$changes/upper" "$changes/work" "$root"
        mount -t overlay overlay -o "lowerdir=/,upperdir=$changes/upper,workdir=$changes/work" "$root"
        mount -t proc proc "$root/proc"
        mount -t sysfs sysfs "$root/sys"
        mount -t cgroup2 none "$root/sys/fs/cgroup"
        mount -t tmpfs tmpfs "$root/dev"
        for device in null:1:3 zero:1:5 full:1:7 random:1:8 urandom:1:9 tty:5:0; do
          IFS=: read -r name major minor <<END
        $device
        END
          mknod -m 666 "$root/dev/$name" c "$major" "$minor"
        done
        mkdir "$root/dev/pts" "$root/dev/shm"
        mount -t devpts devpts "$root/dev/pts" -o newinstance,ptmxmode=0666
        ln -s pts/ptmx "$root/dev/ptmx"
        for folder in dev/shm run; do mount -t tmpfs tmpfs "$root/$folder"; done
        echo "$2" > "$root/etc/hostname"
        printf '127.0.0.1 localhost\n%s %s\n' "$3" "$2" > "$root/etc/hosts"
        # The program may lie below /tmp, which Debian empties when a machine starts.
        : > "$root/etc/tmpfiles.d/tmp.conf"
        hostname "$2"
        ip link set lo up
        ip address add "$3/32" dev lo
        exec chroot "$root" /usr/bin/env -i container=ballast PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --system --unit=multi-user.target
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("ballast-machine-").FullName;
    private int _init;

    private SystemdMachine()
    {
    }

    public static async Task<SystemdMachine> StartAsync()
    {
        var machine = new SystemdMachine();
        try
        {
            // What the machine writes must lie on another file system than what it reads.
            (await Shell.RunAsync("mount", ["-t", "tmpfs", "tmpfs", machine._folder])).MustSucceed();
            await machine.SwitchOnAsync();
            return machine;
        }
        catch
        {
            await machine.DisposeAsync();
            throw;
        }
    }

    public async Task SwitchOnAsync()
    {
        (await Shell.RunAsync("sh", ["-c", "setsid --fork unshare --fork --pid --mount --net --uts --ipc --cgroup --propagation private sh -c \"$1\" sh \"$2\" \"$3\" \"$4\" </dev/null >\"$2/console\" 2>&1",
            "sh", Boot, _folder, Name, Address])).MustSucceed();
        await TestCluster.EventuallyAsync(async () => (_init = await FindInitAsync()) != 0, TimeSpan.FromSeconds(20), "systemd is the machine's init");
        await TestCluster.EventuallyAsync(async () => (await RunAsync("systemctl", "is-system-running")).Output.Trim() is "running" or "degraded", TimeSpan.FromSeconds(60), "the machine has started");
    }

    /// <summary>As when its power is cut: every process ends at once.</summary>
    public async Task SwitchOffAsync()
    {
        if (_init == 0)
            return;
        await Shell.RunAsync("kill", ["-9", _init.ToString(CultureInfo.InvariantCulture)]);
        await TestCluster.EventuallyAsync(() => Task.FromResult(!Directory.Exists($"/proc/{_init}")), TimeSpan.FromSeconds(20), "the machine is off");
        _init = 0;
    }

    /// <summary>Runs a program on it.</summary>
    public Task<ShellResult> RunAsync(string program, params string[] arguments) =>
        Shell.RunAsync("nsenter",
        [
            "--target", _init.ToString(CultureInfo.InvariantCulture), "--mount", "--pid", "--net", "--uts", "--ipc", "--cgroup", "--root", "--wd",
            "env", "-i", $"PATH={Environment.GetEnvironmentVariable("PATH")}", "HOME=/root", "KUBECONFIG=/etc/kubernetes/admin.conf", "ETCDCTL_API=3", program, .. arguments,
        ], limit: TimeSpan.FromSeconds(120));

    public async ValueTask DisposeAsync()
    {
        await SwitchOffAsync();
        await Shell.RunAsync("umount", ["--lazy", _folder]);
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>0 where there is none yet.</summary>
    private async Task<int> FindInitAsync()
    {
        foreach (var folder in Directory.EnumerateDirectories("/proc").Where(f => int.TryParse(Path.GetFileName(f), out _)))
        {
            try
            {
                if (new FileInfo($"{folder}/root").LinkTarget == $"{_folder}/root" && (await File.ReadAllTextAsync($"{folder}/cmdline")).StartsWith("/lib/systemd/systemd\0--system", StringComparison.Ordinal))
                    return int.Parse(Path.GetFileName(folder), CultureInfo.InvariantCulture);
            }
            catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
            {
                // It ended meanwhile.
            }
        }
        return 0;
    }
}
