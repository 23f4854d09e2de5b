namespace Ballast.Admin.Hosts;

/// <summary>A running process of a host.</summary>
/// <param name="Id">The process id.</param>
/// <param name="Component"><c>etcd</c>, <c>kube-apiserver</c>, <c>kubelet</c> …; <c>supervisor</c> for the scripts that keep daemons running; else the program's name.</param>
/// <param name="StartTicks">Start time in clock ticks since boot: with the id it names the process for good.</param>
/// <param name="Paused">Stopped by SIGSTOP.</param>
public sealed record HostProcess(int Id, string Component, long StartTicks, bool Paused)
{
    /// <summary>By the wall clock; the beginning of time where the process has ended.</summary>
    public DateTime StartedAt()
    {
        try
        {
            using var process = System.Diagnostics.Process.GetProcessById(Id);
            return process.StartTime.ToUniversalTime();
        }
        catch (Exception gone) when (gone is ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return DateTime.MinValue;
        }
    }

    /// <summary>The program and its arguments; empty where the process has ended.</summary>
    public IReadOnlyList<string> Command()
    {
        try
        {
            return File.ReadAllText($"/proc/{Id}/cmdline").Split('\0', StringSplitOptions.RemoveEmptyEntries);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>
    /// Memory in bytes, each page that processes share counted in parts (PSS), so that the sum over all is what they use together; 0 where the process has ended.
    /// </summary>
    public long MemoryBytes()
    {
        try
        {
            var line = File.ReadLines($"/proc/{Id}/smaps_rollup").First(l => l.StartsWith("Pss:", StringComparison.Ordinal));
            return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], System.Globalization.CultureInfo.InvariantCulture) << 10;
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            return 0;
        }
    }
}
