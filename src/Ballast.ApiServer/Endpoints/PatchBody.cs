using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.Patches;
using Ballast.ApiMachinery.Schemas;

namespace Ballast.ApiServer.Endpoints;

/// <summary>A patch, read and ready to be applied, as often as conflicts ask for.</summary>
/// <param name="Type">Its media type, which is one that the resource takes.</param>
/// <param name="Body">What was sent. Not to be changed.</param>
/// <param name="Problems">A sentence for each field that stood twice in it, or that is none of a patch's own.</param>
internal sealed record PatchBody(string Type, JsonNode? Body, IReadOnlyCollection<string> Problems)
{
    /// <summary>Of a server-side apply: the document to apply, the caller's own. Null for the other kinds, which <see cref="Apply"/> applies.</summary>
    public JsonObject? Configuration { get; private init; }

    /// <param name="document">May be changed.</param>
    /// <param name="schema">The document's; a strategic merge goes by it.</param>
    public JsonObject Apply(JsonObject document, Schema schema) => Type switch
    {
        MediaTypes.JsonPatch => JsonPatch.Apply(document, Body),
        MediaTypes.MergePatch => MergePatch.Apply(document, Body!.AsObject()),
        MediaTypes.StrategicMergePatch => StrategicMergePatch.Apply(document, Body!.AsObject(), schema),
        _ => throw new InvalidOperationException("an apply is merged, not patched"),
    };

    /// <exception cref="StatusException">UnsupportedMediaType with the list of what is taken; BadRequest where the body is not a patch.</exception>
    public static async Task<PatchBody> ReadAsync(ApiRequest request, BodyKind kind)
    {
        var type = MediaTypes.TypeOf(request.Http.Request.ContentType);
        var served = ServedFor(kind);
        if (!served.Contains(type))
            throw MediaTypes.Unsupported(served);
        var bytes = await RequestBody.ReadAsync(request.Http.Request, request.Cancel);
        DecodedBody body;
        try
        {
            body = RequestBody.Decode(bytes, type == MediaTypes.ApplyPatch ? BodyFormat.Yaml : BodyFormat.Json);
        }
        catch (FormatException failure)
        {
            throw StatusException.BadRequest($"error decoding patch: {failure.Message}");
        }
        switch (type)
        {
            case MediaTypes.JsonPatch:
                return new(type, body.Document, [.. body.Duplicates.Select(d => "json patch " + d), .. JsonPatch.UnknownFields(body.Document)]);
            case MediaTypes.ApplyPatch:
                var configuration = body.Document as JsonObject
                    ?? throw StatusException.BadRequest($"error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {TypeErrors.Describe(body.Document)} into Go value of type map[string]interface {{}}");
                return new(type, configuration, body.Duplicates) { Configuration = configuration };
            default:
                return body.Document is JsonObject
                    ? new(type, body.Document, body.Duplicates)
                    : throw StatusException.BadRequest($"error decoding patch: json: cannot unmarshal {TypeErrors.Describe(body.Document)} into Go value of type map[string]interface {{}}");
        }
    }

    /// <summary>Strategic merge needs to know the lists' keys: only built-in kinds have them.</summary>
    private static string[] ServedFor(BodyKind kind) => kind.IsCustom
        ? [MediaTypes.JsonPatch, MediaTypes.MergePatch, MediaTypes.ApplyPatch]
        : [MediaTypes.JsonPatch, MediaTypes.MergePatch, MediaTypes.StrategicMergePatch, MediaTypes.ApplyPatch];
}
