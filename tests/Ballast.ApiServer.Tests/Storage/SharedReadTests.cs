using Ballast.ApiServer.Storage.Caching;

namespace Ballast.ApiServer.Tests.Storage;

public sealed class SharedReadTests
{
    private readonly Queue<TaskCompletionSource<int>> _reads = new();
    private readonly SharedRead<int> _shared;

    public SharedReadTests() => _shared = new(() =>
    {
        var read = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_reads)
            _reads.Enqueue(read);
        return read.Task;
    });

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private async Task<TaskCompletionSource<int>> BegunAsync()
    {
        for (var attempts = 0; attempts < 5000; attempts++)
        {
            lock (_reads)
            {
                if (_reads.TryDequeue(out var read))
                    return read;
            }
            await Task.Delay(1, Cancel);
        }
        throw new TimeoutException("no read has begun");
    }

    [Fact]
    public async Task Who_asks_while_a_read_is_under_way_gets_the_next_and_shares_it()
    {
        var first = _shared.AskAsync(Cancel);
        var read = await BegunAsync();
        var (second, third) = (_shared.AskAsync(Cancel), _shared.AskAsync(Cancel));
        read.SetResult(1);
        Assert.Equal(1, await first);
        (await BegunAsync()).SetResult(2);
        Assert.Equal((2, 2), (await second, await third));
        Assert.Empty(_reads);
    }

    [Fact]
    public async Task A_failure_is_that_of_those_who_waited_already_and_of_nobody_later()
    {
        var first = _shared.AskAsync(Cancel);
        var read = await BegunAsync();
        var second = _shared.AskAsync(Cancel);
        read.SetException(new IOException("no quorum"));
        await Assert.ThrowsAsync<IOException>(() => first);
        await Assert.ThrowsAsync<IOException>(() => second);
        for (var i = 0; i < 3; i++)
        {
            var later = _shared.AskAsync(Cancel);
            (await BegunAsync()).SetResult(i);
            Assert.Equal(i, await later);
        }
    }
}
