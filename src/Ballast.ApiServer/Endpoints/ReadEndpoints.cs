using System.Buffers;
using System.IO.Pipelines;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Registry;
using Ballast.ApiServer.Storage;

namespace Ballast.ApiServer.Endpoints;

/// <summary>get and list: stored bytes go out as they are, no tree is made of them.</summary>
internal sealed class ReadEndpoints(TimeProvider time)
{
    // How much of a list is put together before it is handed to the connection.
    private const int FlushEvery = 64 * 1024;

    public async Task GetAsync(ApiRequest request, ResourceScope scope)
    {
        var media = MediaTypes.Negotiate(request.Http.Request);
        var query = request.Http.Request.Query;
        var asked = query["resourceVersion"].ToString();
        var version = ListOptions.ParseVersion(asked);
        var stored = await FindAsync(scope, request.Info, asked.Length > 0, version, request.Cancel);
        await ObjectAsync(request, scope, media, 200, stored);
    }

    /// <summary>Sends one object, in the shape asked for.</summary>
    public async Task ObjectAsync(ApiRequest request, ResourceScope scope, AcceptedMedia media, int code, StoredObject stored)
    {
        if (media.Shape == ObjectShape.Full)
        {
            await Answer.JsonAsync(request, code, scope.Encode(stored), media.Format);
            return;
        }
        var body = new ArrayBufferWriter<byte>();
        ViewOf(request, scope, media).WriteObject(body, stored);
        await Answer.JsonAsync(request, code, body.WrittenMemory, media.Format);
    }

    public async Task ListAsync(ApiRequest request, ResourceScope scope)
    {
        var media = MediaTypes.Negotiate(request.Http.Request);
        var options = ListOptions.Parse(request.Http.Request.Query, watch: false);
        var prefix = PrefixOf(scope, request.Info);
        var query = QueryOf(scope, options, prefix);
        var list = await ListAsync(scope, options, query, request.Cancel);
        var next = list.NextKey is { } key ? new ContinueToken(list.Version, key[prefix.Length..]).ToString() : "";
        var remaining = query.Predicate is null && next.Length > 0 ? list.Remaining : null;
        await ListAsync(request, ViewOf(request, scope, media), media.Format, list.Objects, new ListMeta(list.Version, next, remaining));
    }

    /// <summary>Sends a list, in the shape asked for.</summary>
    public async Task ListAsync(ApiRequest request, IObjectView view, WireFormat format, IReadOnlyList<StoredObject> objects, ListMeta meta)
    {
        var http = request.Http;
        // Only stored bytes can go out as they are; other shapes and forms are put together first, which tells their size.
        if (!view.IsStoredForm || format == WireFormat.Yaml || Answer.WantsPretty(http.Request))
        {
            var body = new ArrayBufferWriter<byte>(4096);
            view.WriteListStart(body, meta);
            for (var i = 0; i < objects.Count; i++)
                view.WriteItem(body, objects[i], i == 0);
            view.WriteListEnd(body, meta);
            await Answer.JsonAsync(request, 200, body.WrittenMemory, format);
            return;
        }

        long size = 0;
        for (var i = 0; i < objects.Count; i++)
            size += objects[i].Json.Length;
        Answer.Begin(request, 200, MediaTypes.Json);
        if (Answer.WantsGzip(http.Request, size))
        {
            await using var compressed = Answer.Compress(http.Response);
            var pipe = PipeWriter.Create(compressed, new StreamPipeWriterOptions(leaveOpen: true, minimumBufferSize: FlushEvery));
            await WriteListAsync(pipe, view, objects, meta, request.Cancel);
            await pipe.CompleteAsync();
            return;
        }
        await WriteListAsync(http.Response.BodyWriter, view, objects, meta, request.Cancel);
    }

    public IObjectView ViewOf(ApiRequest request, ResourceScope scope, AcceptedMedia media) => media.Shape switch
    {
        ObjectShape.Table => new TableView(scope, media.ShapeVersion, TableView.ParseInclude(request.Http.Request.Query["includeObject"]), time),
        ObjectShape.PartialObjectMetadata => new MetadataView(media.ShapeVersion),
        _ => new FullView(scope),
    };

    /// <summary>All namespaces, or one.</summary>
    public static string PrefixOf(ResourceScope scope, RequestInfo info) =>
        scope.Definition.Namespaced && info.Namespace.Length > 0 ? info.Namespace + "/" : "";

    private static async Task WriteListAsync(PipeWriter output, IObjectView view, IReadOnlyList<StoredObject> objects, ListMeta meta, CancellationToken cancel)
    {
        view.WriteListStart(output, meta);
        var pending = 0;
        for (var i = 0; i < objects.Count; i++)
        {
            view.WriteItem(output, objects[i], i == 0);
            pending += objects[i].Json.Length;
            if (pending < FlushEvery)
                continue;
            pending = 0;
            await output.FlushAsync(cancel);
        }
        view.WriteListEnd(output, meta);
        output.Write("\n"u8);
        await output.FlushAsync(cancel);
    }

    internal static async Task<StoredObject> FindAsync(ResourceScope scope, RequestInfo info, bool cached, long version, CancellationToken cancel)
    {
        var objects = scope.Store.Objects;
        // What this server has is new enough where it has seen the version asked for; else etcd is asked how far things are.
        var consistency = cached && objects.Revision >= version ? ReadConsistency.Any : ReadConsistency.Linearizable;
        try
        {
            var stored = await objects.GetAsync(scope.KeyOf(info), consistency, cancel);
            if (version > objects.Revision && version > 0)
                throw StatusException.TooLargeResourceVersion(version, objects.Revision);
            return stored ?? throw StatusException.NotFound(scope.Definition.GroupResource, info.Name);
        }
        catch (StorageException failure)
        {
            throw failure.ToStatus(scope.Definition.GroupResource, info.Name, version);
        }
    }

    private static ListQuery QueryOf(ResourceScope scope, ListOptions options, string prefix)
    {
        var query = new ListQuery(prefix) { Predicate = ObjectSelection.Compile(scope.Definition, options), Limit = options.Limit };
        if (options.Continue.Length > 0)
        {
            if (options.ResourceVersion is not ("" or "0"))
                throw StatusException.BadRequest("specifying resource version is not allowed when using continue");
            var token = ContinueToken.Parse(options.Continue);
            return query with { StartKey = prefix + token.StartKey, ExactVersion = token.Version > 0 ? token.Version : null };
        }
        return (options.ResourceVersion, options.ResourceVersionMatch) switch
        {
            ("", _) => query,
            ("0", _) => query with { Consistency = ReadConsistency.Any },
            (_, "Exact") => query with { ExactVersion = options.Version },
            // Without a match a page is exact, and a whole list is not older: upstream's rules from before there was a choice.
            (_, "") when options.Limit > 0 => query with { ExactVersion = options.Version },
            _ => query with { Consistency = ReadConsistency.Any, MinimumVersion = options.Version },
        };
    }

    private static async Task<ObjectList> ListAsync(ResourceScope scope, ListOptions options, ListQuery query, CancellationToken cancel)
    {
        try
        {
            return await scope.Store.Objects.ListAsync(query, cancel);
        }
        catch (StorageException failure) when (failure.Error == StorageError.Compacted && options.Continue.Length > 0)
        {
            var token = ContinueToken.Parse(options.Continue);
            throw StatusException.ExpiredContinue(
                "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the "
                + "continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects "
                + "that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.",
                (token with { Version = -1 }).ToString());
        }
        catch (StorageException failure)
        {
            throw failure.ToStatus(scope.Definition.GroupResource, "", options.Version);
        }
    }
}
