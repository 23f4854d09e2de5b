using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.Schemas;

namespace Ballast.ApiServer.Endpoints;

/// <summary>A body that holds an object of a known kind.</summary>
internal static class ObjectBody
{
    /// <summary>Reads the request's body; kind and apiVersion are filled in where they are left out, and must be right where they are not.</summary>
    /// <exception cref="StatusException">In upstream's words: not readable, not this kind, or not what <c>fieldValidation</c> asks for.</exception>
    public static async Task<JsonObject> ReadAsync(ApiRequest request, BodyKind expected, FieldValidation validation)
    {
        var kind = expected.Kind;
        var format = MediaTypes.FormatOf(request.Http.Request);
        var bytes = await RequestBody.ReadAsync(request.Http.Request, request.Cancel);
        DecodedBody body;
        try
        {
            body = RequestBody.Decode(bytes, format);
        }
        catch (FormatException failure)
        {
            throw StatusException.BadRequest(
                $"the object provided is unrecognized (must be of type {kind.Kind}): couldn't get version/kind; json parse error: {failure.Message} ({Convert.ToHexStringLower(bytes.Span[..Math.Min(20, bytes.Length)])})");
        }
        if (body.Document is not JsonObject document)
            throw StatusException.BadRequest(
                $"the object provided is unrecognized (must be of type {kind.Kind}): couldn't get version/kind; json parse error: json: cannot unmarshal {TypeErrors.Describe(body.Document)} into Go value of type struct {{ APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; Kind string \"json:\\\"kind,omitempty\\\"\" }} ({Convert.ToHexStringLower(bytes.Span[..Math.Min(20, bytes.Length)])})");
        CheckKind(document, kind);
        FieldChecks.Apply(document, expected, validation, body.Duplicates, request.Warnings);
        return document;
    }

    /// <summary>Fills in kind and apiVersion, or refuses those of another kind.</summary>
    public static void CheckKind(JsonObject document, GroupVersionKind kind)
    {
        // In front, where every other object has them.
        if (document["apiVersion"] is null)
            PutFirst(document, "apiVersion", kind.GroupVersion.ToString());
        if (document["kind"] is null)
            PutFirst(document, "kind", kind.Kind);
        if (document.ApiVersion != kind.GroupVersion.ToString())
            throw StatusException.BadRequest($"the API version in the data ({document.ApiVersion}) does not match the expected API version ({kind.GroupVersion})");
        if (document.Kind != kind.Kind)
            throw StatusException.BadRequest($"{document.Kind} in version \"{kind.Version}\" cannot be handled as a {kind.Kind}: converting ({kind.Version}.{document.Kind}) to ({InternalPackage(kind.Group)}.{kind.Kind}): unknown conversion");
    }

    // Upstream's names of its own, unversioned types: core.ConfigMap, networking.Ingress.
    private static string InternalPackage(string group) => group.Length == 0 ? "core" : group.Split('.')[0];

    private static void PutFirst(JsonObject document, string field, string value)
    {
        document.Remove(field);
        document.Insert(0, field, value);
    }
}
