using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json.Serialization;

namespace Ballast.Kubelet.Runtimes.Processes;

/// <summary>
/// One process of this machine, named so that it cannot be taken for another: process ids are used again, but not with
/// the same start time, and not across a boot.
/// </summary>
/// <param name="StartTime">Clock ticks since boot, field 22 of <c>/proc/PID/stat</c>.</param>
internal sealed record HostProcess(int Pid, long StartTime, string BootId)
{
    public static string CurrentBootId { get; } = File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();

    /// <summary>The process that has this id now, or null.</summary>
    public static HostProcess? Find(int pid) =>
        ReadStat(pid) is { } stat ? new(pid, stat.StartTime, CurrentBootId) : null;

    /// <summary>True while it runs; a process that ended and was not yet reaped does not.</summary>
    [JsonIgnore]
    public bool IsAlive => BootId == CurrentBootId && ReadStat(Pid) is { } stat && stat.StartTime == StartTime && stat.State is not ('Z' or 'X');

    /// <summary>Sends to the whole process group; the process leads one because it was started in its own session.</summary>
    public void SignalGroup(int signal)
    {
        if (IsAlive)
            _ = Libc.Kill(-Pid, signal);
    }

    /// <summary>Every process that carries <paramref name="value"/> for <paramref name="variable"/> in the environment it was started with.</summary>
    public static IEnumerable<int> WithEnvironment(string variable, string value)
    {
        var wanted = System.Text.Encoding.UTF8.GetBytes($"{variable}={value}");
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) && HasVariable(pid, wanted))
                yield return pid;
        }
    }

    /// <summary>The session a process belongs to, or null once it is gone.</summary>
    public static int? SessionOf(int pid) => ReadStat(pid)?.Session;

    private static bool HasVariable(int pid, ReadOnlySpan<byte> wanted)
    {
        byte[] environment;
        try
        {
            environment = File.ReadAllBytes($"/proc/{pid}/environ");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false; // Gone, or another user's, which then is none of ours.
        }
        foreach (var range in environment.AsSpan().Split((byte)0))
        {
            if (environment.AsSpan(range).SequenceEqual(wanted))
                return true;
        }
        return false;
    }

    private static (char State, int Session, long StartTime)? ReadStat(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            // The second field is the command in parentheses and may hold anything; count from behind it.
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return (fields[0][0], int.Parse(fields[3], CultureInfo.InvariantCulture), long.Parse(fields[19], CultureInfo.InvariantCulture));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>
    /// Starts <paramref name="executable"/> in a session of its own, with its output appended straight to a file: no pipe to
    /// this process, so the child neither blocks nor breaks when this process goes away.
    /// </summary>
    /// <exception cref="RuntimeException">The system refused, with its reason.</exception>
    public static unsafe HostProcess Start(
        string executable, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment, string? workingDirectory, string outputPath)
    {
        byte* actions = stackalloc byte[Libc.OpaqueSize];
        byte* attributes = stackalloc byte[Libc.OpaqueSize];
        byte* signals = stackalloc byte[Libc.OpaqueSize];
        using var argv = new NativeStrings([executable, .. arguments]);
        using var envp = new NativeStrings([.. environment.Select(e => $"{e.Key}={e.Value}")]);
        using var path = new NativeStrings([executable]);
        _ = Libc.FileActionsInit(actions);
        _ = Libc.SpawnAttributesInit(attributes);
        try
        {
            _ = Libc.FileActionsAddOpen(actions, 0, "/dev/null", Libc.O_RDONLY, 0);
            _ = Libc.FileActionsAddOpen(actions, 1, outputPath, Libc.O_WRONLY | Libc.O_CREAT | Libc.O_APPEND, Convert.ToUInt32("640", 8));
            _ = Libc.FileActionsAddDup(actions, 1, 2);
            if (workingDirectory is not null)
                _ = Libc.FileActionsAddChdir(actions, workingDirectory);

            // .NET ignores SIGPIPE and blocks signals of its own; the child starts as from a shell.
            _ = Libc.SpawnAttributesSetFlags(attributes, Libc.POSIX_SPAWN_SETSID | Libc.POSIX_SPAWN_SETSIGDEF | Libc.POSIX_SPAWN_SETSIGMASK);
            _ = Libc.SignalsFill(signals);
            _ = Libc.SpawnAttributesSetDefaultSignals(attributes, signals);
            _ = Libc.SignalsEmpty(signals);
            _ = Libc.SpawnAttributesSetSignalMask(attributes, signals);

            var error = Libc.PosixSpawn(out var pid, path[0], actions, attributes, argv.Pointers, envp.Pointers);
            if (error != 0)
                throw new RuntimeException($"cannot start {executable}: {Marshal.GetPInvokeErrorMessage(error)}");
            return Find(pid) ?? throw new InvalidOperationException($"process {pid} has no entry in /proc although it was not reaped");
        }
        finally
        {
            _ = Libc.FileActionsDestroy(actions);
            _ = Libc.SpawnAttributesDestroy(attributes);
        }
    }

    /// <summary>A null-terminated array of C strings.</summary>
    private sealed unsafe class NativeStrings : IDisposable
    {
        private readonly int _count;

        public NativeStrings(IReadOnlyList<string> values)
        {
            _count = values.Count;
            Pointers = (byte**)NativeMemory.AllocZeroed((nuint)(_count + 1), (nuint)sizeof(byte*));
            for (var i = 0; i < _count; i++)
                Pointers[i] = (byte*)Marshal.StringToCoTaskMemUTF8(values[i]);
        }

        public byte** Pointers { get; }

        public byte* this[int index] => Pointers[index];

        public void Dispose()
        {
            for (var i = 0; i < _count; i++)
                Marshal.FreeCoTaskMem((nint)Pointers[i]);
            NativeMemory.Free(Pointers);
        }
    }
}
