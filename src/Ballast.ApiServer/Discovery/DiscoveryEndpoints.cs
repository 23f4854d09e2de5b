using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Endpoints;
using Ballast.ApiServer.Registry;
using Microsoft.AspNetCore.Http;

namespace Ballast.ApiServer.Discovery;

/// <summary>Serves discovery below <c>/api</c> and <c>/apis</c>, in the plain form and in the aggregated one.</summary>
/// <param name="catalog">What is served.</param>
/// <param name="serverAddress">Where clients may find this server; <c>/api</c> says it.</param>
public sealed class DiscoveryEndpoints(IResourceCatalog catalog, string serverAddress)
{
    private volatile DiscoveryDocuments? _documents;

    /// <summary>Every discovery path there is now.</summary>
    public IEnumerable<string> Paths => Documents.Paths;

    private DiscoveryDocuments Documents
    {
        get
        {
            var definitions = catalog.Definitions;
            var current = _documents;
            if (current is null || !ReferenceEquals(current.Definitions, definitions))
                _documents = current = DiscoveryDocuments.Of(definitions);
            return current;
        }
    }

    public Task ServeAsync(ApiRequest request)
    {
        if (!HttpMethods.IsGet(request.Http.Request.Method) && !HttpMethods.IsHead(request.Http.Request.Method))
            throw StatusException.MethodNotAllowed();
        var documents = Documents;
        var steps = request.Info.Path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (steps.Length == 1 && AggregatedVersion(request.Http.Request) is { } version)
            return AggregatedAsync(request, steps[0] == "api" ? documents.Core : documents.Groups, version);
        var document = steps switch
        {
            ["api"] => DiscoveryDocuments.CoreVersions(serverAddress),
            ["apis"] => documents.GroupList(),
            ["api", var v] => documents.Resources(new("", v)),
            ["apis", var group] => documents.GroupNamed(group),
            ["apis", var group, var v] => documents.Resources(new(group, v)),
            _ => null,
        };
        return document is null
            ? Answer.TextAsync(request, StatusCodes.Status404NotFound, "404 page not found\n")
            : Answer.DocumentAsync(request, StatusCodes.Status200OK, document, MediaTypes.Negotiate(request.Http.Request, shapes: false).Format);
    }

    private static async Task AggregatedAsync(ApiRequest request, JsonArray items, string version)
    {
        var document = new JsonObject
        {
            ["kind"] = "APIGroupDiscoveryList",
            ["apiVersion"] = $"apidiscovery.k8s.io/{version}",
            ["metadata"] = new JsonObject(),
            ["items"] = items.DeepClone(),
        };
        var json = Registry.Documents.Encode(document);
        var response = request.Http.Response;
        var tag = $"\"{Convert.ToHexString(SHA512.HashData(json))}\"";
        response.Headers.ETag = tag;
        response.Headers.Vary = "Accept";
        if (request.Http.Request.Headers.IfNoneMatch == tag)
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }
        Answer.Begin(request, StatusCodes.Status200OK, $"application/json;g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList");
        response.Headers.CacheControl = "public";
        response.ContentLength = json.Length;
        await response.Body.WriteAsync(json, request.Cancel);
    }

    /// <summary>The version of the aggregated form that the client likes best; null where it wants the plain form.</summary>
    private static string? AggregatedVersion(HttpRequest request)
    {
        foreach (var (type, parameters) in MediaTypes.Ordered(request.Headers.Accept.ToString()))
        {
            if (type is not (MediaTypes.Json or "*/*"))
                continue;
            if (!parameters.TryGetValue("as", out var form))
                return null;
            if (form == "APIGroupDiscoveryList" && parameters.GetValueOrDefault("g", "") == "apidiscovery.k8s.io" && parameters.GetValueOrDefault("v", "") is "v2" or "v2beta1")
                return parameters["v"];
        }
        return null;
    }
}
