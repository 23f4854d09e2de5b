using System.Collections.Concurrent;
using Ballast.Admin.Backups;
using Ballast.Admin.Backups.Proofs;
using Ballast.Admin.Backups.Schedules;
using Ballast.Admin.Backups.Targets;
using Ballast.Admin.Clusters;
using Ballast.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Ballast.Admin.Tests.Backups.Schedules;

/// <summary>The controller with a real target, a clock that the test moves, and work that the test decides on.</summary>
public sealed class BackupControllerTests : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 25, 12, 0, 0, TimeSpan.Zero);

    private readonly TemporaryFolder _folder = new();
    private readonly WatchedTime _time = new(Noon.AddMinutes(10));
    private readonly BackupStore _store;
    private readonly Work _work;
    private readonly Reports _reports = new();

    public BackupControllerTests()
    {
        _store = new(BackupTarget.Open(_folder.Path, null), TimeProvider.System);
        _work = new(_store, _time);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_last_time_is_made_up_once_and_each_later_one_is_taken_when_it_is_due()
    {
        await using (Lead())
        {
            await ToldAsync("stored 1");
            Assert.Equal(["take 120000", "prove 120000"], _work.Done);
            await MoveAsync(TimeSpan.FromMinutes(49));
            Assert.Equal(2, _work.Done.Count);
            await MoveAsync(TimeSpan.FromMinutes(1));
            await ToldAsync("stored 2");
            await MoveAsync(TimeSpan.FromMinutes(60));
            await ToldAsync("stored 3");
        }
        Assert.Equal(["take 120000", "prove 120000", "take 130000", "prove 130000", "take 140000", "prove 140000"], _work.Done);
        Assert.Equal(["proven", "proven", "proven"], (await _store.ListAsync(Cancel)).Select(b => b.Verdict));
    }

    [Fact]
    public async Task Of_many_missed_times_one_is_made_up()
    {
        await using (Lead())
            await ToldAsync("stored 1");
        _time.Advance(TimeSpan.FromHours(7));
        await using (Lead())
            await ToldAsync("stored 2");
        Assert.Equal(["snapshot-20261125T120000Z", "snapshot-20261125T190000Z"], (await _store.ListAsync(Cancel)).Select(b => b.Name));
    }

    /// <summary>Wherever a leader dies, the next one goes on from there.</summary>
    [Theory]
    [InlineData("take", "take 120000|take 120000|prove 120000")]
    [InlineData("taken", "take 120000|prove 120000")]
    [InlineData("prove", "take 120000|prove 120000|prove 120000")]
    [InlineData("nowhere", "take 120000|prove 120000")]
    public async Task A_backup_is_there_once_and_proven_wherever_its_leader_dies(string death, string done)
    {
        _work.DiesAt = death;
        await using (var first = Lead())
            await Eventually.TrueAsync(() => _work.Dead || _reports.Told.Contains("stored 1"), "the first leader dies");
        _work.DiesAt = "";
        _reports.Clear();
        await using (Lead())
            await ToldAsync("stored 1");
        Assert.Equal(done.Split('|'), _work.Done);
        Assert.Equal(("snapshot-20261125T120000Z", "proven"), ((await _store.ListAsync(Cancel)).Single().Name, (await _store.ListAsync(Cancel)).Single().Verdict));
    }

    [Fact]
    public async Task A_leader_that_died_before_its_proof_leaves_it_to_a_later_one()
    {
        _work.DiesAt = "prove";
        await using (Lead())
            await Eventually.TrueAsync(() => _work.Dead, "the first leader dies");
        _work.DiesAt = "";
        _time.Advance(TimeSpan.FromHours(1));
        await using (Lead())
            await ToldAsync("stored 2");
        Assert.Equal(["take 120000", "prove 120000", "take 130000", "prove 120000", "prove 130000"], _work.Done);
    }

    [Fact]
    public async Task What_fails_is_told_and_tried_again_ever_more_rarely_until_the_next_is_due()
    {
        _work.Fails = "no etcd member is healthy";
        await using (Lead())
        {
            foreach (var wait in (int[])[5, 10, 20, 40, 80, 160, 300, 300])
            {
                await _time.IdleAsync();
                Assert.Equal(TimeSpan.FromSeconds(wait), _time.LastPause);
                _time.Advance(TimeSpan.FromSeconds(wait));
            }
            await _time.IdleAsync();
            Assert.Equal(9, _work.Done.Count);
            Assert.Equal(Enumerable.Repeat("failed 120000 no etcd member is healthy", 9), _reports.Told);
            _work.Fails = "";
            await MoveAsync(TimeSpan.FromMinutes(5));
            Assert.Contains("stored 1", _reports.Told);
            await MoveAsync(TimeSpan.FromMinutes(40));
        }
        Assert.Equal(["snapshot-20261125T120000Z", "snapshot-20261125T130000Z"], (await _store.ListAsync(Cancel)).Select(b => b.Name));
    }

    [Fact]
    public async Task A_failed_proof_is_a_verdict_and_not_tried_again()
    {
        _work.Verdict = new(false, "it was cut off");
        await using (Lead())
        {
            await ToldAsync("stored 1");
            await MoveAsync(TimeSpan.FromMinutes(20));
        }
        Assert.Equal(["taken 120000", "failed proof 120000 it was cut off", "stored 1"], _reports.Told);
        Assert.Equal(["take 120000", "prove 120000"], _work.Done);
    }

    [Fact]
    public async Task It_prunes_after_each_and_keeps_the_last_that_is_proven()
    {
        await using (Lead(keep: 1))
        {
            await ToldAsync("stored 1");
            _work.Verdict = new(false, "damaged");
            await MoveAsync(TimeSpan.FromMinutes(50));
            await ToldAsync("stored 2");
            await MoveAsync(TimeSpan.FromMinutes(60));
            await ToldAsync("pruned 130000");
            await Eventually.TrueAsync(() => _reports.Told[^1] == "stored 2", "the round ends");
        }
        Assert.Equal(["snapshot-20261125T120000Z proven", "snapshot-20261125T140000Z failed"], (await _store.ListAsync(Cancel)).Select(b => $"{b.Name} {b.Verdict}"));
    }

    /// <summary>Set forward, the clock makes one due; set back again, nothing is taken twice.</summary>
    [Fact]
    public async Task A_clock_that_is_set_is_noticed()
    {
        await using (Lead())
        {
            await ToldAsync("stored 1");
            _time.SetUtcNow(Noon.AddHours(3).AddMinutes(1));
            await ToldAsync("stored 2");
        }
        var behind = new FakeTimeProvider(Noon.AddMinutes(5));
        await using (Lead(time: behind))
            await Eventually.TrueAsync(() => _reports.Told.Count(t => t.StartsWith("stored", StringComparison.Ordinal)) == 3, "the third round");
        Assert.Equal(["take 120000", "prove 120000", "take 150000", "prove 150000"], _work.Done);
    }

    [Fact]
    public async Task A_leader_that_leads_no_more_changes_nothing_in_the_target()
    {
        var leads = true;
        using var target = new GuardedTarget(BackupTarget.Open(_folder.Path, null), () => leads);
        await target.WriteAsync("a", new MemoryStream([1]), Cancel);
        leads = false;
        foreach (var change in new Func<Task>[] { () => target.WriteAsync("b", new MemoryStream([1]), Cancel), () => target.DeleteAsync("a", Cancel), () => target.RemoveUnfinishedAsync(DateTimeOffset.MaxValue, Cancel) })
            Assert.Equal("nothing is changed: this process does not lead any more", (await Assert.ThrowsAsync<ClusterException>(change)).Message);
        Assert.Equal("a", Assert.Single(await target.ListAsync(Cancel)).Name);
        Assert.True(await target.ReadAsync("a", new MemoryStream(), Cancel));
    }

    public void Dispose() => _folder.Dispose();

    private Term Lead(int keep = 28, FakeTimeProvider? time = null) =>
        new(cancel => new BackupController(BackupSchedule.Parse("0 * * * *"), keep, _store, _work, _reports, time ?? _time).RunAsync(cancel));

    private Task ToldAsync(string what) => Eventually.TrueAsync(() => _reports.Told.Contains(what), what);

    /// <summary>In steps, so that whoever waits for less is woken on the way; ends when nothing is done any more.</summary>
    private async Task MoveAsync(TimeSpan by)
    {
        for (var moved = TimeSpan.Zero; moved < by;)
        {
            var step = by - moved < TimeSpan.FromSeconds(10) ? by - moved : TimeSpan.FromSeconds(10);
            await _time.IdleAsync();
            _time.Advance(step);
            moved += step;
        }
        await _time.IdleAsync();
    }

    /// <summary>A clock that knows whether somebody waits for it.</summary>
    private sealed class WatchedTime(DateTimeOffset start) : FakeTimeProvider(start)
    {
        private int _waiting;

        public TimeSpan LastPause { get; private set; }

        public Task IdleAsync() => Eventually.TrueAsync(() => Volatile.Read(ref _waiting) > 0, "the controller waits");

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            LastPause = dueTime;
            var timer = base.CreateTimer(s =>
            {
                Interlocked.Decrement(ref _waiting);
                callback(s);
            }, state, dueTime, period);
            Interlocked.Increment(ref _waiting);
            return timer;
        }
    }

    /// <summary>A term of leadership; disposing ends it and waits until nothing acts any more.</summary>
    private sealed class Term : IAsyncDisposable
    {
        private readonly CancellationTokenSource _end = new();
        private readonly Task _term;

        public Term(Func<CancellationToken, Task> lead) => _term = Task.Run(() => lead(_end.Token));

        public async ValueTask DisposeAsync()
        {
            await _end.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _term);
            _end.Dispose();
        }
    }

    private sealed class Work(BackupStore store, TimeProvider time) : IBackupWork
    {
        private readonly List<string> _done = [];

        public IReadOnlyList<string> Done
        {
            get
            {
                lock (_done)
                    return [.. _done];
            }
        }

        public string DiesAt { get; set; } = "";

        public string Fails { get; set; } = "";

        public Verdict Verdict { get; set; } = new(true, "as it should be");

        /// <summary>True once a step has been reached at which the leader dies: it never ends but by cancellation.</summary>
        public bool Dead { get; private set; }

        public async Task<Backup> TakeAsync(string name, CancellationToken cancel)
        {
            Add("take " + Time(name));
            await DieAtAsync("take", cancel);
            if (Fails.Length > 0)
                throw new ClusterException(Fails);
            var backup = new Backup(Backup.CurrentVersion, name, time.GetUtcNow(), "etcd-1", 7, 5, new($"{name}-00000000.db", 1, ""), new($"{name}-00000000.pki", 1, ""));
            using var target = BackupTarget.Open(store.Description, null);
            await target.WriteAsync(Backup.ManifestOf(name), new MemoryStream(Backup.Serialize(backup)), cancel);
            await DieAtAsync("taken", cancel);
            return backup;
        }

        public async Task<Verdict> ProveAsync(Backup backup, CancellationToken cancel)
        {
            Add("prove " + Time(backup.Name));
            await DieAtAsync("prove", cancel);
            await store.RecordAsync(backup.Name, new(Backup.CurrentVersion, Verdict.Proven, time.GetUtcNow(), Verdict.Reason), cancel);
            return Verdict;
        }

        private async Task DieAtAsync(string step, CancellationToken cancel)
        {
            if (DiesAt != step)
                return;
            Dead = true;
            await Task.Delay(Timeout.Infinite, cancel);
        }

        private void Add(string step)
        {
            lock (_done)
                _done.Add(step);
        }
    }

    private sealed class Reports : IBackupReports
    {
        private readonly ConcurrentQueue<string> _told = new();

        public IReadOnlyList<string> Told => [.. _told];

        public void Clear() => _told.Clear();

        public void Taken(Backup backup, TimeSpan took) => _told.Enqueue("taken " + Time(backup.Name));

        public void Proven(Backup backup, Verdict verdict) => _told.Enqueue($"{(verdict.Proven ? "" : "failed ")}proof {Time(backup.Name)} {verdict.Reason}");

        public void Pruned(IReadOnlyList<StoredBackup> removed) => _told.Enqueue("pruned " + string.Join(' ', removed.Select(b => Time(b.Name))));

        public void Failed(string name, string reason) => _told.Enqueue($"failed {Time(name)} {reason}");

        public void Stored(IReadOnlyList<StoredBackup> backups) => _told.Enqueue($"stored {backups.Count}");
    }

    private static string Time(string name) => name["snapshot-20261125T".Length..^1];
}
