using k8s.Autorest;

namespace Ballast.Client;

/// <summary>Read, change, write; again when someone else wrote in between.</summary>
public static class Retry
{
    private const int Attempts = 5;

    /// <summary>
    /// Runs <paramref name="attempt"/> until it ends without a conflict, at most five times. Each run must read the object anew.
    /// </summary>
    public static async Task<T> OnConflictAsync<T>(Func<CancellationToken, Task<T>> attempt, CancellationToken cancel)
    {
        for (var n = 1; ; n++)
        {
            try
            {
                return await attempt(cancel);
            }
            catch (HttpOperationException e) when (e.IsConflict && n < Attempts)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(10), cancel);
            }
        }
    }
}
