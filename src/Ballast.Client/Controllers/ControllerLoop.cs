using Ballast.Client.Queues;
using k8s.Autorest;
using Microsoft.Extensions.Logging;

namespace Ballast.Client.Controllers;

/// <summary>
/// What every controller does around its decisions: workers take keys from a queue and bring the world to where the key's object
/// wants it. A key is never with two workers; a sync that fails comes again, rate limited.
/// </summary>
/// <param name="name">The controller's name, as logs and metrics show it.</param>
/// <param name="sync">
/// Must be safe to run at any time and again; reads what it needs anew and ends early on cancellation.
/// </param>
/// <param name="time">The clock of delays.</param>
/// <param name="logger">Gets failed syncs.</param>
public sealed class ControllerLoop<TKey>(string name, Func<TKey, CancellationToken, Task> sync, TimeProvider time, ILogger logger) : IDisposable
    where TKey : notnull
{
    public RateLimitingQueue<TKey> Queue { get; } = new(name, time);

    /// <summary>Works until cancelled; when it ends, no sync is running any more.</summary>
    public async Task RunAsync(int workers, CancellationToken cancel)
    {
        logger.LogInformation("Starting controller {Controller} with {Workers} workers", name, workers);
        await Task.WhenAll(Enumerable.Range(0, workers).Select(_ => Task.Run(() => WorkAsync(cancel), CancellationToken.None)));
        Queue.ShutDown();
        logger.LogInformation("Stopped controller {Controller}", name);
    }

    public void Dispose() => Queue.Dispose();

    private async Task WorkAsync(CancellationToken cancel)
    {
        try
        {
            while (await Queue.GetAsync(cancel) is (true, var key))
            {
                try
                {
                    await sync(key, cancel);
                    Queue.Forget(key);
                }
                catch (Exception e) when (!cancel.IsCancellationRequested)
                {
                    // A conflict is the cache being a moment behind; whoever reads the log need not know.
                    if (e is HttpOperationException { Response.StatusCode: System.Net.HttpStatusCode.Conflict })
                        logger.LogDebug("{Controller}: {Key} changed meanwhile, trying again: {Message}", name, key, e.ApiMessage);
                    else if (e is HttpOperationException or HttpRequestException or OperationCanceledException)
                        logger.LogWarning("{Controller}: {Key} failed, trying again: {Message}", name, key, e.ApiMessage);
                    else
                        logger.LogError(e, "{Controller}: {Key} failed, trying again", name, key);
                    Queue.AddRateLimited(key);
                }
                finally
                {
                    Queue.Done(key);
                }
            }
        }
        catch (Exception e) when (cancel.IsCancellationRequested)
        {
            if (e is not OperationCanceledException)
                logger.LogInformation("{Controller}: the last sync failed while stopping: {Message}", name, e.ApiMessage);
        }
    }
}
