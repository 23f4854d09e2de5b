using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Registry;
using Ballast.ApiServer.Storage;

namespace Ballast.ApiServer.Endpoints;

/// <summary>
/// watch: one JSON value an event, until the client goes, the time is up, or the server drains. An event after a quiet moment goes out at once;
/// those that follow it closely go out together.
/// </summary>
/// <param name="reads">Makes the views.</param>
/// <param name="minimumTimeout">A watch without a timeout of its own lasts this long to twice as long, so that watches do not all end at once.</param>
/// <param name="time">The clock.</param>
internal sealed class WatchEndpoint(ReadEndpoints reads, TimeSpan minimumTimeout, TimeProvider time)
{
    // As upstream: the client that watches again does so from a version that is not old.
    private static readonly TimeSpan BookmarkBeforeEnd = TimeSpan.FromSeconds(2);

    // Encrypting and writing costs more than the event itself. Well below what a person or a controller would notice.
    private static readonly TimeSpan Together = TimeSpan.FromMilliseconds(20);

    public async Task WatchAsync(ApiRequest request, ResourceScope scope)
    {
        var media = MediaTypes.Negotiate(request.Http.Request);
        if (media.Format != WireFormat.Json)
            throw StatusException.NotAcceptable([MediaTypes.Json + ";stream=watch"]);
        var options = ListOptions.Parse(request.Http.Request.Query, watch: true);
        if (request.Info.Name.Length > 0)
            options = options.ForName(request.Info.Name);
        var lasts = TimeoutOf(options);
        var newest = await NewestAsync(scope, options, request.Cancel);
        var query = QueryOf(scope, options, request.Info, newest) with { BookmarkAfter = options.AllowWatchBookmarks && lasts > BookmarkBeforeEnd ? lasts - BookmarkBeforeEnd : null };
        var view = reads.ViewOf(request, scope, media);

        using var timeout = new CancellationTokenSource(lasts, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(request.Cancel, request.Draining, timeout.Token);
        Answer.Begin(request, 200, MediaTypes.Json);
        var output = request.Http.Response.BodyWriter;
        // The client knows at once that it watches, whenever the first event comes.
        await output.FlushAsync(end.Token);
        try
        {
            await StreamAsync(scope, query, view, output, end.Token);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
        }
        catch (StorageException failure) when (failure.Error == StorageError.SlowWatcher)
        {
            // Cut off, as upstream does: the client watches again from where it is.
        }
        catch (StorageException failure)
        {
            await ErrorAsync(output, ToStatus(scope, options, failure), request.Cancel);
        }
    }

    private async Task StreamAsync(ResourceScope scope, WatchQuery query, IObjectView view, PipeWriter output, CancellationToken cancel)
    {
        var sent = EndpointMetrics.WatchEvents.WithLabels(scope.Definition.Group, scope.Version.Name, scope.Definition.Resource);
        await using var events = scope.Store.Objects.WatchAsync(query, cancel).GetAsyncEnumerator(cancel);
        var (unsent, flushed) = (0, time.GetTimestamp() - time.TimestampFrequency);
        while (true)
        {
            var next = events.MoveNextAsync().AsTask();
            if (!next.IsCompleted && unsent > 0)
            {
                await FlushAsync(output, next, cancel);
                sent.Inc(unsent);
                (unsent, flushed) = (0, time.GetTimestamp());
            }
            if (!await next)
                return;
            // Before it is written, not before it is flushed: Kestrel's HTTP/2 writer spins for as long as a stream holds bytes that are not flushed.
            if (unsent == 0 && Together - time.GetElapsedTime(flushed) is { Ticks: > 0 } rest)
                await Task.Delay(rest, time, cancel);
            Write(output, view, events.Current);
            unsent++;
            if (output.CanGetUnflushedBytes && output.UnflushedBytes > 64 * 1024)
                await output.FlushAsync(cancel);
        }
    }

    private static async Task FlushAsync(PipeWriter output, Task<bool> next, CancellationToken cancel)
    {
        try
        {
            await output.FlushAsync(cancel);
        }
        catch
        {
            await EndOf(next); // or the enumerator could not be disposed of
            throw;
        }
    }

    /// <summary>Waits for a step whose outcome nobody wants any more; the request's token ends it.</summary>
    private static async Task EndOf(Task<bool> step)
    {
        try
        {
            await step;
        }
        catch (Exception ended) when (ended is OperationCanceledException or StorageException)
        {
            // its failure, where it has one of its own, comes after the one that is on its way to the client
        }
    }

    private static void Write(IBufferWriter<byte> output, IObjectView view, in WatchEvent change)
    {
        output.Write(change.Type switch
        {
            WatchEventType.Added => "{\"type\":\"ADDED\",\"object\":"u8,
            WatchEventType.Modified => "{\"type\":\"MODIFIED\",\"object\":"u8,
            WatchEventType.Deleted => "{\"type\":\"DELETED\",\"object\":"u8,
            _ => "{\"type\":\"BOOKMARK\",\"object\":"u8,
        });
        if (change.Object is { } stored)
            view.WriteWatched(output, stored);
        else
            view.WriteBookmark(output, change.Version, change.InitialEventsEnd);
        output.Write("}\n"u8);
    }

    private static async Task ErrorAsync(PipeWriter output, StatusException failure, CancellationToken cancel)
    {
        output.Write("{\"type\":\"ERROR\",\"object\":"u8);
        output.Write(Documents.Encode(failure.ToDocument()));
        output.Write("}\n"u8);
        await output.FlushAsync(cancel);
    }

    private static StatusException ToStatus(ResourceScope scope, ListOptions options, StorageException failure) =>
        failure.Error == StorageError.Compacted
            ? StatusException.Expired(string.Create(CultureInfo.InvariantCulture, $"too old resource version: {options.Version} ({failure.Version})"))
            : failure.ToStatus(scope.Definition.GroupResource, "", options.Version);

    /// <summary>Where a watch begins that wants no initial events and names no version: what was answered before it was asked for is none of its events.</summary>
    private static async Task<long> NewestAsync(ResourceScope scope, ListOptions options, CancellationToken cancel)
    {
        if (options is not { SendInitialEvents: false, ResourceVersion.Length: 0 })
            return scope.Store.Objects.Revision;
        try
        {
            return (await scope.Store.Objects.ListAsync(new ListQuery("") { Consistency = ReadConsistency.Linearizable, Limit = 1 }, cancel)).Version;
        }
        catch (StorageException failure)
        {
            throw ToStatus(scope, options, failure);
        }
    }

    private static WatchQuery QueryOf(ResourceScope scope, ListOptions options, RequestInfo info, long newest)
    {
        var objects = scope.Store.Objects;
        var prefix = ReadEndpoints.PrefixOf(scope, info);
        // One object's watch follows its key alone, where the key is known.
        if (options.Fields.RequiredValue("metadata.name") is { Length: > 0 } name && (prefix.Length > 0 || !scope.Definition.Namespaced))
            prefix += name;
        var fresh = options.ResourceVersion.Length == 0 || objects.Revision < options.Version;
        return new(prefix, Since())
        {
            Predicate = ObjectSelection.Compile(scope.Definition, options),
            Bookmarks = options.AllowWatchBookmarks,
            SendInitialEventsEnd = options.SendInitialEvents == true && options.AllowWatchBookmarks,
            Consistency = fresh ? ReadConsistency.Linearizable : ReadConsistency.Any,
        };

        long? Since() => options.SendInitialEvents switch
        {
            true => null,
            false when options.Version == 0 => newest,
            _ => options.Version == 0 ? null : options.Version,
        };
    }

    private TimeSpan TimeoutOf(ListOptions options) => options.TimeoutSeconds is > 0 and var seconds
        ? TimeSpan.FromSeconds(seconds)
        : minimumTimeout * (1 + Random.Shared.NextDouble());
}
