using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Ballast.Kubelet.Runtimes.Processes;

/// <param name="ExitCode">Null where the process was not this one's child: then only the parent learns it.</param>
internal sealed record ProcessExit(int? ExitCode, int Signal);

/// <summary>
/// Tells when processes end, whether they are children or were adopted. One thread waits on the pidfds of all of them,
/// so an exit is seen at once and nothing polls.
/// </summary>
internal sealed class ExitWatcher : IDisposable
{
    // epoll_event is 12 packed bytes on x86-64 and 16 aligned ones elsewhere.
    private static readonly int EventSize = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;
    private static readonly int DataOffset = EventSize - sizeof(long);

    private readonly int _epoll = Libc.EpollCreate(0);
    private readonly ConcurrentDictionary<int, Watch> _watches = new();
    private volatile bool _stopped;

    public ExitWatcher()
    {
        if (_epoll < 0)
            throw new Win32Exception();
        new Thread(Run) { IsBackground = true, Name = "process exits" }.Start();
    }

    private sealed record Watch(int Pid, TaskCompletionSource<ProcessExit> Exit);

    /// <summary>Completes when <paramref name="process"/> has ended and, where it is a child, was reaped.</summary>
    public unsafe Task<ProcessExit> WatchAsync(HostProcess process)
    {
        var descriptor = Libc.PidfdOpen(process.Pid);
        if (descriptor < 0)
            return Marshal.GetLastPInvokeError() == Libc.ESRCH ? Task.FromResult(new ProcessExit(null, 0)) : throw new Win32Exception();
        // The descriptor holds one process for good. Only now is it certain which one it is.
        if (HostProcess.Find(process.Pid) is not { } found || found != process)
        {
            _ = Libc.Close(descriptor);
            return Task.FromResult(new ProcessExit(null, 0));
        }
        var watch = new Watch(process.Pid, new(TaskCreationOptions.RunContinuationsAsynchronously));
        _watches[descriptor] = watch;
        Control(Libc.EPOLL_CTL_ADD, descriptor);
        return watch.Exit.Task;
    }

    public void Dispose() => _stopped = true;

    private unsafe void Run()
    {
        const int Batch = 16;
        var events = stackalloc byte[Batch * EventSize];
        while (!_stopped)
        {
            // The timeout only bounds how long the thread outlives Dispose.
            var count = Libc.EpollWait(_epoll, events, Batch, 1000);
            if (count < 0 && Marshal.GetLastPInvokeError() != Libc.EINTR)
                throw new Win32Exception();
            for (var i = 0; i < count; i++)
                Complete((int)BinaryPrimitives.ReadInt64LittleEndian(new ReadOnlySpan<byte>(events + i * EventSize + DataOffset, sizeof(long))));
        }
        _ = Libc.Close(_epoll);
    }

    private void Complete(int descriptor)
    {
        if (!_watches.TryRemove(descriptor, out var watch))
            return;
        Control(Libc.EPOLL_CTL_DEL, descriptor);
        var exit = Reap(watch.Pid);
        _ = Libc.Close(descriptor);
        watch.Exit.SetResult(exit);
    }

    private unsafe void Control(int operation, int descriptor)
    {
        var change = stackalloc byte[EventSize];
        BinaryPrimitives.WriteUInt32LittleEndian(new(change, sizeof(uint)), Libc.EPOLLIN);
        BinaryPrimitives.WriteInt64LittleEndian(new(change + DataOffset, sizeof(long)), descriptor);
        if (Libc.EpollControl(_epoll, operation, descriptor, change) < 0)
            throw new Win32Exception();
    }

    private static ProcessExit Reap(int pid)
    {
        int result, status;
        do
        {
            result = Libc.WaitPid(pid, out status, 0);
        }
        while (result < 0 && Marshal.GetLastPInvokeError() == Libc.EINTR);
        if (result != pid)
            return new(null, 0);
        var signal = status & 0x7f;
        return signal == 0 ? new((status >> 8) & 0xff, 0) : new(128 + signal, signal);
    }
}
