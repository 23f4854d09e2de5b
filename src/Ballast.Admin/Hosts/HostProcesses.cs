using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Ballast.Admin.Hosts;

/// <summary>
/// The processes of one host of <c>ballast up</c>. They are known by an environment variable that the host's daemons hand down to all they start, so no
/// process is missed for want of a file that names it, and none of another host or cluster is ever touched.
/// </summary>
public sealed partial class HostProcesses(HostPaths paths)
{
    /// <summary>Holds the host's root folder.</summary>
    public const string Marker = "BALLAST_HOST";

    private const int Sigcont = 18;
    private const int Sigkill = 9;
    private const int Sigstop = 19;
    private const int Sigterm = 15;
    private const int Sigusr2 = 12;

    /// <summary>In the order a stop takes them down: what restarts others first, what others need last.</summary>
    private static readonly string[][] StopOrder =
    [
        ["supervisor"], ["kubelet"], ["backup-controller", "kube-scheduler", "kube-controller-manager"], ["load-balancer"], ["kube-apiserver"], ["etcd"],
    ];

    /// <summary>All there are now.</summary>
    public IReadOnlyList<HostProcess> List()
    {
        // Preceded by a NUL, so that the end of another variable's value does not count.
        var marker = Encoding.UTF8.GetBytes($"\0{Marker}={paths.Root}\0");
        var found = new List<HostProcess>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id) || id == Environment.ProcessId)
                continue;
            try
            {
                ReadOnlySpan<byte> environment = [0, .. File.ReadAllBytes(folder + "/environ")];
                if (environment.IndexOf(marker) < 0)
                    continue;
                var stat = File.ReadAllText(folder + "/stat");
                var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
                if (fields[0] == "Z")
                    continue;
                var command = File.ReadAllText(folder + "/cmdline").Split('\0', StringSplitOptions.RemoveEmptyEntries);
                found.Add(new(id, ComponentOf(command), long.Parse(fields[19], CultureInfo.InvariantCulture), fields[0] == "T"));
            }
            catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
            {
                // It ended while it was looked at, or belongs to somebody else: not ours.
            }
        }
        return found;
    }

    /// <summary>SIGTERM in the order that loses nothing, SIGKILL to what is left after <paramref name="grace"/> each.</summary>
    public async Task StopAsync(TimeSpan grace, TimeProvider time, CancellationToken cancel)
    {
        foreach (var components in StopOrder)
        {
            SignalAll(Sigterm, p => components.Contains(p.Component));
            // A paused process takes the signal once it runs again.
            SignalAll(Sigcont, p => components.Contains(p.Component));
            await GoneAsync(p => components.Contains(p.Component), grace, time, cancel);
        }
        await KillAsync(time, cancel);
    }

    /// <summary>SIGTERM to a daemon and to what keeps it running, SIGKILL after <paramref name="grace"/>. What the daemon started goes on.</summary>
    /// <param name="daemon"><c>kubelet</c>.</param>
    /// <param name="grace">How long it may take to end by itself.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancel">Gives up.</param>
    public async Task StopDaemonAsync(string daemon, TimeSpan grace, TimeProvider time, CancellationToken cancel)
    {
        SignalAll(Sigterm, IsDaemon);
        while (!await GoneAsync(IsDaemon, grace, time, cancel))
            SignalAll(Sigkill, IsDaemon);

        bool IsDaemon(HostProcess process) => process.Component == daemon || process.Component == "supervisor";
    }

    /// <summary>SIGKILL to everything, until nothing is left.</summary>
    public async Task KillAsync(TimeProvider time, CancellationToken cancel)
    {
        // What could start others goes first; a second look finds what was started meanwhile.
        do
        {
            SignalAll(Sigkill, p => p.Component == "supervisor");
            SignalAll(Sigkill, _ => true);
        }
        while (!await GoneAsync(_ => true, TimeSpan.FromMilliseconds(500), time, cancel));
    }

    public void Pause() => SignalAll(Sigstop, _ => true);

    public void Resume() => SignalAll(Sigcont, _ => true);

    /// <summary>Sends a signal to the processes of one component. False where there is none.</summary>
    /// <param name="component"><c>kube-scheduler</c>.</param>
    /// <param name="signal">What to do to it.</param>
    public bool Signal(string component, ComponentSignal signal) => SignalAll(signal switch
    {
        ComponentSignal.Stop => Sigterm,
        ComponentSignal.Kill => Sigkill,
        ComponentSignal.Pause => Sigstop,
        _ => Sigcont,
    }, p => p.Component == component) > 0;

    /// <summary>Tells one process of a component to read its configuration again (SIGUSR2), where it is there.</summary>
    public void Reload(string component, int id) => SignalAll(Sigusr2, p => p.Component == component && p.Id == id);

    private int SignalAll(int signal, Func<HostProcess, bool> which)
    {
        var sent = 0;
        foreach (var process in List().Where(which))
        {
            if (Kill(process.Id, signal) == 0)
                sent++;
        }
        return sent;
    }

    private async Task<bool> GoneAsync(Func<HostProcess, bool> which, TimeSpan within, TimeProvider time, CancellationToken cancel)
    {
        var start = time.GetTimestamp();
        while (List().Any(which))
        {
            if (time.GetElapsedTime(start) > within)
                return false;
            await Task.Delay(TimeSpan.FromMilliseconds(50), time, cancel);
        }
        return true;
    }

    private static string ComponentOf(string[] command) => command switch
    {
        [] => "",
        [var shell, .., var script] when shell.EndsWith("sh", StringComparison.Ordinal) && script.Contains("/usr/local/lib/ballast/", StringComparison.Ordinal) => "supervisor",
        [var program, ..] when Path.GetFileName(program) is "sleep" => "supervisor",
        [var program, var component, ..] when Path.GetFileName(program) is "ballast" => component,
        [var host, var program, var component, ..] when Path.GetFileName(host) is "dotnet" && Path.GetFileName(program) is "ballast.dll" => component,
        // What an upstream program does in the place of ours.
        [var program, ..] when Path.GetFileName(program) is "haproxy" => "load-balancer",
        [var program, ..] => Path.GetFileName(program),
    };

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int process, int signal);
}

/// <summary>What <c>ballast component</c> and <c>ballast node</c> can do to a process.</summary>
public enum ComponentSignal
{
    /// <summary>SIGTERM.</summary>
    Stop,

    /// <summary>SIGKILL.</summary>
    Kill,

    /// <summary>SIGSTOP.</summary>
    Pause,

    /// <summary>SIGCONT.</summary>
    Resume,
}
