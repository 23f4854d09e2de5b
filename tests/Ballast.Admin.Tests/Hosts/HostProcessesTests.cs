using System.Diagnostics;
using Ballast.Admin.Hosts;

namespace Ballast.Admin.Tests.Hosts;

/// <summary>With real processes: a daemon's script in a session of its own, as <c>up</c> starts it.</summary>
public sealed class HostProcessesTests : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();

    private HostPaths Paths => new(_folder.Path);

    private HostProcesses Processes => new(Paths);

    public async ValueTask DisposeAsync()
    {
        await Processes.KillAsync(TimeProvider.System, TestContext.Current.CancellationToken);
        _folder.Dispose();
    }

    [Fact]
    public async Task A_daemon_that_dies_is_started_again()
    {
        Assert.True(new Daemon("tail", ["tail", "-f", "/dev/null"]).EnsureRunning(Paths));
        var first = await FindAsync("tail", _ => true);
        using (var process = Process.GetProcessById(first.Id))
            process.Kill();
        var second = await FindAsync("tail", p => p.Id != first.Id);
        Assert.NotEqual(first.StartTicks, second.StartTicks);
    }

    [Fact]
    public async Task A_daemon_that_runs_is_not_started_twice()
    {
        var daemon = new Daemon("tail", ["tail", "-f", "/dev/null"]);
        Assert.True(daemon.EnsureRunning(Paths));
        var running = await FindAsync("tail", _ => true);
        Assert.False(daemon.EnsureRunning(Paths));
        await Task.Delay(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken); // a second script would have started a second one by then
        Assert.Equal(running.Id, Assert.Single(Processes.List(), p => p.Component == "tail").Id);
    }

    [Fact]
    public async Task Stop_ends_everything_and_nothing_comes_back()
    {
        new Daemon("tail", ["tail", "-f", "/dev/null"]).EnsureRunning(Paths);
        await FindAsync("tail", _ => true);
        await Processes.StopAsync(TimeSpan.FromSeconds(5), TimeProvider.System, TestContext.Current.CancellationToken);
        Assert.Empty(Processes.List());
    }

    [Fact]
    public async Task Kill_ends_everything_and_leaves_other_hosts_alone()
    {
        using var otherFolder = new TemporaryFolder();
        var other = new HostProcesses(new HostPaths(otherFolder.Path));
        new Daemon("tail", ["tail", "-f", "/dev/null"]).EnsureRunning(Paths);
        new Daemon("tail", ["tail", "-f", "/dev/null"]).EnsureRunning(new HostPaths(otherFolder.Path));
        await FindAsync("tail", _ => true);
        try
        {
            await Processes.KillAsync(TimeProvider.System, TestContext.Current.CancellationToken);
            Assert.Empty(Processes.List());
            Assert.NotEmpty(other.List());
        }
        finally
        {
            await other.KillAsync(TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task A_paused_host_is_seen_as_paused_and_goes_on()
    {
        new Daemon("tail", ["tail", "-f", "/dev/null"]).EnsureRunning(Paths);
        await FindAsync("tail", _ => true);
        Processes.Pause();
        await FindAsync("tail", p => p.Paused);
        Processes.Resume();
        await FindAsync("tail", p => !p.Paused);
    }

    [Fact]
    public async Task What_the_daemon_says_is_in_its_log()
    {
        new Daemon("talker", ["sh", "-c", "echo \"it's up\"; exec tail -f /dev/null"]).EnsureRunning(Paths);
        await FindAsync("tail", _ => true);
        Assert.Equal("it's up\n", await File.ReadAllTextAsync(Paths.DaemonLog("talker"), TestContext.Current.CancellationToken));
    }

    private async Task<HostProcess> FindAsync(string component, Func<HostProcess, bool> which)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            if (Processes.List().FirstOrDefault(p => p.Component == component && which(p)) is { } found)
                return found;
            Assert.True(TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(20), $"no such {component} after 20 s");
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }
}
