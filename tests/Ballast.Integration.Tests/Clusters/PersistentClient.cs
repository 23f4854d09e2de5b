using k8s.Autorest;

namespace Ballast.Integration.Tests.Clusters;

/// <summary>A client that asks again and again until it is told to stop, whatever it is answered.</summary>
internal static class PersistentClient
{
    /// <param name="ask">One request, or a few; given how many there were before. What it must not be answered is for it to remember.</param>
    /// <param name="cancel">Ends it.</param>
    public static async Task AgainAsync(Func<int, Task> ask, CancellationToken cancel)
    {
        for (var i = 0; !cancel.IsCancellationRequested; i++)
        {
            try
            {
                await ask(i);
                await Task.Delay(20, cancel);
            }
            catch (Exception) when (cancel.IsCancellationRequested)
            {
                // It is over.
            }
            catch (Exception refused) when (refused is HttpRequestException or HttpOperationException or IOException or OperationCanceledException)
            {
                // The API is away, or may have done it: nobody knows. What is away is not asked a thousand times a second.
                await Task.Delay(50, CancellationToken.None);
            }
        }
    }
}
