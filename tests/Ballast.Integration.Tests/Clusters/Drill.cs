namespace Ballast.Integration.Tests.Clusters;

/// <summary>Changes of a cluster in a random order; after each everything has to be well, writes have to go on, and the history has to be one that can be.</summary>
/// <param name="history">Of clients, from before the first change on.</param>
/// <param name="isWell">Asked until it is so.</param>
/// <param name="output">Told what clients have seen.</param>
public sealed class Drill(RegisterHistory history, Func<Task<bool>> isWell, ITestOutputHelper output)
{
    /// <param name="random">Draws the order.</param>
    /// <param name="rounds">How many changes: each of them once, and then some again.</param>
    /// <param name="changes">Given the round.</param>
    public async Task RunAsync(Random random, int rounds, params Func<int, Task>[] changes)
    {
        var order = Enumerable.Range(0, changes.Length).OrderBy(_ => random.Next()).ToList();
        for (var round = 0; round < rounds; round++)
        {
            var before = history.Acknowledged;
            await changes[order[round % order.Count]](round);
            await TestCluster.EventuallyAsync(isWell, TimeSpan.FromSeconds(90), $"nothing is wrong after round {round}");
            await TestCluster.EventuallyAsync(() => Task.FromResult(history.Acknowledged > before + 20), TimeSpan.FromSeconds(30), "writes go on");
            Assert.Empty(history.Violations);
        }
        await history.CheckAsync();
        output.WriteLine(history.ToString());
    }
}
