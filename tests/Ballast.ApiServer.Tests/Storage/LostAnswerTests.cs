using Ballast.ApiServer.Storage;
using Ballast.Etcd;
using Ballast.Testing.Etcd;
using static Ballast.ApiServer.Tests.Storage.StorageTesting;

namespace Ballast.ApiServer.Tests.Storage;

/// <summary>Writes whose answers are lost on their way, or that never arrive.</summary>
public sealed class LostAnswerTests : IClassFixture<SingleEtcd>, IAsyncDisposable
{
    private readonly EtcdClient _direct;
    private readonly TcpGate _gate;
    private readonly EtcdClient _client;
    private readonly string _prefix = NewPrefix();
    private readonly EtcdObjectStore _store;

    public LostAnswerTests(SingleEtcd etcd)
    {
        _direct = etcd.Client;
        _gate = new(etcd.Cluster.Members[0].ClientUrl);
        _client = new(new EtcdOptions([_gate.Address]), TimeProvider.System);
        _store = NewEtcdStore(_client, _prefix);
    }

    private string Key => $"{Root}{_prefix}/a/one";

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _gate.DisposeAsync();
    }

    [Fact]
    public async Task A_write_that_has_happened_is_found()
    {
        var created = await AnswerLostAsync(() => _store.CreateAsync("a/one", Json("one"), null, Cancel), async () => await StoredAsync() is not null);
        Assert.Equal((await StoredAsync())!.ModRevision, created.Version);
        var updated = await AnswerLostAsync(() => _store.UpdateAsync("a/one", created.Version, Json("one", "2"), null, Cancel), async () => (await StoredAsync())!.ModRevision > created.Version);
        var stored = (await StoredAsync())!;
        Assert.Equal(stored.ModRevision, updated.Version);
        Assert.Equal(Json("one", "2"), stored.Value.ToArray());
        // Nobody can update twice from the same state.
        await FailsAsync(StorageError.Conflict, () => _store.UpdateAsync("a/one", created.Version, Json("one", "3"), null, Cancel));
    }

    [Fact]
    public async Task A_write_that_never_arrived_is_made()
    {
        await _store.GetAsync("a/one", ReadConsistency.Linearizable, Cancel); // connects
        _gate.HoldRequests();
        var creating = _store.CreateAsync("a/one", Json("one"), null, Cancel);
        await Task.Delay(200, Cancel); // until it is on its way; arriving it cannot be
        Assert.Null(await StoredAsync());
        _gate.Cut();
        _gate.Mend();
        Assert.Equal((await creating).Version, (await StoredAsync())!.ModRevision);
    }

    [Fact]
    public async Task Of_a_write_that_somebody_else_has_written_over_nothing_is_known()
    {
        await FailsAsync(StorageError.Unknown, () => AnswerLostAsync(() => _store.CreateAsync("a/one", Json("one"), null, Cancel), async () =>
            await StoredAsync() is { } mine && (await _direct.KeyValues.PutIfModRevisionAsync(Key, mine.ModRevision, Json("one", "2"), 0, Cancel)).Succeeded));
    }

    [Fact]
    public async Task Without_a_second_answer_nothing_is_known_either()
    {
        await FailsAsync(StorageError.Unknown, () => AnswerLostAsync(() => _store.CreateAsync("a/one", Json("one"), null, Cancel), async () => await StoredAsync() is not null, mend: false));
        _gate.Mend();
    }

    private Task<EtcdKeyValue?> StoredAsync() => _direct.KeyValues.GetAsync(Key, Cancel);

    /// <summary>Cuts the way of a call's answer, once something is seen.</summary>
    private async Task<StoredObject> AnswerLostAsync(Func<Task<StoredObject>> call, Func<Task<bool>> seen, bool mend = true)
    {
        await _store.GetAsync("a/one", ReadConsistency.Linearizable, Cancel); // connects
        _gate.HoldAnswers();
        var called = call();
        while (!await seen())
            await Task.Delay(5, Cancel);
        _gate.Cut();
        if (mend)
            _gate.Mend();
        return await called;
    }
}
