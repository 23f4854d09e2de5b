using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.OpenApi;
using Ballast.ApiServer.Endpoints;
using Ballast.ApiServer.Registry;
using Microsoft.AspNetCore.Http;

namespace Ballast.ApiServer.OpenApi;

/// <summary>Serves <c>/openapi/v2</c> and <c>/openapi/v3</c>; a client that has a document already, and says its hash, is told so.</summary>
public sealed class OpenApiEndpoints(IResourceCatalog catalog)
{
    private volatile OpenApiDocuments? _documents;

    private OpenApiDocuments Documents
    {
        get
        {
            var definitions = catalog.Definitions;
            var current = _documents;
            if (current is null || !ReferenceEquals(current.Definitions, definitions))
                _documents = current = new OpenApiDocuments(definitions);
            return current;
        }
    }

    public Task ServeV2Async(ApiRequest request)
    {
        // Clients ask for protobuf by its older name too.
        var protobuf = MediaTypes.Ordered(request.Http.Request.Headers.Accept.ToString())
            .Select(c => c.Type).FirstOrDefault(t => t is MediaTypes.Json or "*/*" or OpenApiV2.ProtobufMediaType or OpenApiV2.AcceptedProtobufMediaType);
        return protobuf is null or MediaTypes.Json or "*/*"
            ? SendAsync(request, Documents.V2, MediaTypes.Json)
            : SendAsync(request, Documents.V2Protobuf, OpenApiV2.ProtobufMediaType);
    }

    /// <summary><c>/openapi/v3</c> is the index, and what is below it the documents.</summary>
    public Task ServeV3Async(ApiRequest request)
    {
        var steps = request.Info.Path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var document = steps switch
        {
            [_, _] => Documents.Index,
            [_, _, "api", var version] => Documents.V3(new GroupVersion("", version)),
            [_, _, "apis", var group, var version] => Documents.V3(new GroupVersion(group, version)),
            _ => null,
        };
        return document is null
            ? Answer.TextAsync(request, StatusCodes.Status404NotFound, "404 page not found\n")
            : SendAsync(request, document, MediaTypes.Json);
    }

    private static async Task SendAsync(ApiRequest request, EncodedDocument document, string contentType)
    {
        var (http, response) = (request.Http.Request, request.Http.Response);
        var asked = http.Query["hash"].ToString();
        if (asked.Length > 0 && asked != document.Hash)
        {
            // The address of an older document: this one has another.
            response.Redirect($"{http.Path}?hash={document.Hash}", permanent: true);
            return;
        }
        var tag = $"\"{document.Hash}\"";
        response.Headers.ETag = tag;
        response.Headers.Vary = "Accept";
        if (http.Headers.IfNoneMatch == tag)
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }
        Answer.Begin(request, StatusCodes.Status200OK, contentType);
        response.Headers.CacheControl = asked.Length > 0 ? "public, immutable" : "no-cache, private";
        if (Answer.WantsGzip(http, document.Bytes.Length))
        {
            await using var compressed = Answer.Compress(response);
            await compressed.WriteAsync(document.Bytes, request.Cancel);
            return;
        }
        response.ContentLength = document.Bytes.Length;
        await response.Body.WriteAsync(document.Bytes, request.Cancel);
    }
}
