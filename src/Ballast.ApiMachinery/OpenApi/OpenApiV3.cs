using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;

namespace Ballast.ApiMachinery.OpenApi;

/// <summary>OpenAPI v3: a document a group version, and the index of them. Pure functions of what is served.</summary>
public static class OpenApiV3
{
    /// <summary>The document of <paramref name="version"/>: its paths, and every schema they lead to.</summary>
    public static JsonObject Document(GroupVersion version, IReadOnlyList<ServedResource> resources, string serverVersion)
    {
        var schemas = new ComponentSchemas();
        var paths = new JsonObject();
        foreach (var resource in resources)
        {
            foreach (var (path, item) in new ResourcePaths(version, resource, schemas).All())
                paths[path] = item;
        }
        return new JsonObject
        {
            ["openapi"] = "3.0.0",
            ["info"] = new JsonObject { ["title"] = "Kubernetes", ["version"] = serverVersion },
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["schemas"] = schemas.ToJson(),
                ["securitySchemes"] = new JsonObject
                {
                    ["BearerToken"] = new JsonObject { ["type"] = "apiKey", ["description"] = "Bearer Token authentication", ["name"] = "authorization", ["in"] = "header" },
                },
            },
        };
    }

    /// <summary>What <c>/openapi/v3</c> answers: where each document is. The hash lets clients keep what they have.</summary>
    /// <param name="documents">The encoded documents.</param>
    public static JsonObject Index(IEnumerable<(GroupVersion Version, ReadOnlyMemory<byte> Document)> documents)
    {
        var paths = new JsonObject();
        foreach (var (version, document) in documents)
        {
            var path = Root(version)[1..];
            paths[path] = new JsonObject { ["serverRelativeURL"] = $"/openapi/v3/{path}?hash={Hash(document.Span)}" };
        }
        return new JsonObject { ["paths"] = paths };
    }

    /// <summary>What identifies a document's content: its ETag, and the <c>hash</c> in the index.</summary>
    public static string Hash(ReadOnlySpan<byte> document) => Convert.ToHexString(SHA512.HashData(document));

    internal static string Root(GroupVersion version) => version.Group.Length == 0 ? "/api/" + version.Version : $"/apis/{version.Group}/{version.Version}";
}
