using System.Runtime.CompilerServices;
using System.Text;
using System.Threading.Channels;
using Ballast.ApiServer.Storage.Caching;
using Ballast.Etcd;
using Ballast.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using NSubstitute;
using static Ballast.ApiServer.Tests.Storage.StorageTesting;

namespace Ballast.ApiServer.Tests.Storage;

/// <summary>What the feed does with watches that misbehave as a real etcd rarely does.</summary>
public sealed class WatchFeedTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly ScriptedWatches _watches = new();
    private readonly IKeyValues _keyValues = Substitute.For<IKeyValues>();
    private readonly List<object> _fillings = [];
    private readonly WatchFeed _feed;

    public WatchFeedTests()
    {
        _feed = new WatchFeed(_keyValues, _watches, _time, NullLogger<WatchFeed>.Instance) { NeedsFilling = (_, epoch) => _fillings.Add(epoch) };
        _feed.Add(new ResourceCache("/registry/pods/", new ResourceCacheMetrics(NewMetrics(), Resource), _time));
    }

    [Fact]
    public async Task A_watch_that_tells_nothing_while_etcd_goes_on_is_left_for_another_from_the_same_revision()
    {
        EtcdIsAt(10);
        await RunAsync(async () =>
        {
            Assert.Equal(11, await _watches.StartedAsync());
            EtcdIsAt(12);
            Assert.Equal(11, await AdvanceUntilAsync(_watches.StartedAsync()));
            _watches.Tell(12);
            await Eventually.TrueAsync(() => _feed.Revision == 12);
            Assert.Single(_fillings); // nothing was missed: nothing is listed anew
        });
    }

    [Fact]
    public async Task A_quiet_etcd_leaves_its_watch_alone()
    {
        EtcdIsAt(10);
        await RunAsync(async () =>
        {
            await _watches.StartedAsync();
            for (var i = 0; i < 20; i++)
            {
                _time.Advance(TimeSpan.FromSeconds(5));
                await Task.Delay(5, Cancel);
            }
            Assert.Equal(0, _watches.Waiting);
        });
    }

    [Fact]
    public async Task A_watch_that_fails_in_a_way_nobody_expected_makes_all_caches_list_anew()
    {
        EtcdIsAt(10);
        await RunAsync(async () =>
        {
            await _watches.StartedAsync();
            _watches.Fail(new InvalidOperationException("unheard of"));
            await Eventually.TrueAsync(() => _feed.NotReadyBecause == "unheard of");
            await AdvanceUntilAsync(_watches.StartedAsync());
            Assert.Null(_feed.NotReadyBecause);
            Assert.Equal(2, _fillings.Count);
        });
    }

    private void EtcdIsAt(long revision) => _keyValues.CurrentRevisionAsync(Arg.Any<CancellationToken>()).Returns(revision);

    private async Task RunAsync(Func<Task> test)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var running = _feed.RunAsync(stop.Token);
        await test();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    /// <summary>Lets the clock run, a second at a time, until something has happened.</summary>
    private async Task<T> AdvanceUntilAsync<T>(Task<T> happened)
    {
        for (var i = 0; i < 60 && !happened.IsCompleted; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(10, Cancel);
        }
        Assert.True(happened.IsCompleted, "not within a minute of the feed's clock");
        return await happened;
    }

    private sealed class ScriptedWatches : IWatches
    {
        private readonly Channel<long> _started = Channel.CreateUnbounded<long>();
        private volatile Channel<EtcdEventBatch> _current = Channel.CreateUnbounded<EtcdEventBatch>();

        /// <summary>Watches that have started and that nobody has asked for.</summary>
        public int Waiting => _started.Reader.Count;

        /// <summary>The start revision of the next watch.</summary>
        public Task<long> StartedAsync() => _started.Reader.ReadAsync(Cancel).AsTask();

        public void Tell(long revision) => _current.Writer.TryWrite(
            new EtcdEventBatch([new EtcdEvent(false, new EtcdKeyValue("/elsewhere", Encoding.UTF8.GetBytes("{}"), revision, revision, 1, 0), null)], revision));

        public void Fail(Exception failure) => _current.Writer.Complete(failure);

        public async IAsyncEnumerable<EtcdEventBatch> WatchAsync(KeyRange range, long startRevision, bool withPrevious, [EnumeratorCancellation] CancellationToken cancel)
        {
            var told = _current = Channel.CreateUnbounded<EtcdEventBatch>();
            _started.Writer.TryWrite(startRevision);
            await foreach (var batch in told.Reader.ReadAllAsync(cancel))
                yield return batch;
        }
    }
}
