namespace Ballast.ControllerManager.ReplicaSets;

/// <summary>
/// Runs many alike calls in batches that double from one: where the first fails (a quota, a refused template) the rest are not even tried.
/// </summary>
public static class SlowStart
{
    /// <returns>How many calls succeeded, and the first failure.</returns>
    public static async Task<(int Succeeded, Exception? Failure)> RunAsync(int count, Func<int, Task> call)
    {
        var succeeded = 0;
        for (var (done, batch) = (0, 1); done < count; done += batch, batch *= 2)
        {
            batch = Math.Min(batch, count - done);
            var calls = Enumerable.Range(done, batch).Select(call).ToArray();
            try
            {
                await Task.WhenAll(calls);
            }
            catch (Exception failure)
            {
                return (succeeded + calls.Count(c => c.IsCompletedSuccessfully), failure);
            }
            succeeded += batch;
        }
        return (succeeded, null);
    }
}
