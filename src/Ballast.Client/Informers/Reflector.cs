using k8s;
using k8s.Autorest;
using k8s.Models;
using Microsoft.Extensions.Logging;

namespace Ballast.Client.Informers;

/// <summary>List once, then watch; a watch that ends goes on from the last version seen; one that cannot, lists again.</summary>
internal sealed class Reflector<T>(ResourceClient<T> client, ListScope scope, TimeProvider time, Random random, ILogger logger)
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    private static readonly TimeSpan ShortestWatch = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan TooShort = TimeSpan.FromSeconds(1);

    // Starting small: behind a load balancer the next server is there at once when one dies.
    private readonly Backoff _backoff = new(TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(2), random);

    /// <summary>Goes on until cancelled.</summary>
    /// <param name="replace">Gets everything there is, after each list.</param>
    /// <param name="apply">Gets each change after that.</param>
    /// <param name="cancel">Ends it, without an exception.</param>
    public async Task RunAsync(Action<IList<T>> replace, Action<WatchEvent<T>> apply, CancellationToken cancel)
    {
        try
        {
            await ListAndWatchAsync(replace, apply, cancel);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
        }
    }

    private async Task ListAndWatchAsync(Action<IList<T>> replace, Action<WatchEvent<T>> apply, CancellationToken cancel)
    {
        string? version = null; // null: list first
        while (true)
        {
            cancel.ThrowIfCancellationRequested();
            try
            {
                if (version is null)
                {
                    var list = await client.ListAsync(scope, cancel);
                    replace(list.Items);
                    version = list.Metadata.ResourceVersion;
                }
                var started = time.GetTimestamp();
                // Watches of many informers should not all end in the same second.
                var timeout = ShortestWatch * (1 + random.NextDouble());
                await foreach (var change in client.WatchAsync(scope, version, timeout, cancel))
                {
                    if (change.Type != WatchEventType.Bookmark)
                        apply(change);
                    version = change.Object.Metadata.ResourceVersion;
                    _backoff.Reset();
                }
                if (time.GetElapsedTime(started) < TooShort)
                    await Task.Delay(_backoff.Next(), time, cancel);
                else
                    _backoff.Reset();
            }
            catch (WatchExpiredException e)
            {
                logger.LogInformation("Watch of {Resource} cannot go on ({Message}): listing again", client.Resource, e.Message);
                version = null;
                await Task.Delay(_backoff.Next(), time, cancel);
            }
            catch (Exception e) when (!cancel.IsCancellationRequested && e is HttpOperationException or HttpRequestException or IOException
                or OperationCanceledException or WatchFailedException or System.Text.Json.JsonException)
            {
                // A JSON error is a line cut short by a dying server; the version reached so far is good.
                logger.LogInformation("List or watch of {Resource} broke off, trying again: {Message}", client.Resource, e.ApiMessage);
                await Task.Delay(_backoff.Next(), time, cancel);
            }
        }
    }
}
