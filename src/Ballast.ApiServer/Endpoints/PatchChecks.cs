using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Apply;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.Patches;
using Ballast.ApiMachinery.Schemas;
using Ballast.ApiMachinery.Validation;
using Ballast.ApiServer.Registry;

namespace Ballast.ApiServer.Endpoints;

/// <summary>As <see cref="FieldChecks"/>, for what is applied or came out of a patch: upstream decodes these elsewhere, and says so in other words.</summary>
internal static class PatchChecks
{
    /// <param name="document">What came out of the patch. Fields that its schema does not know are taken out of it.</param>
    /// <param name="kind">What it should be.</param>
    /// <param name="patch">The patch.</param>
    /// <param name="validation">What to say about fields that are dropped or stand twice.</param>
    /// <param name="warnings">Where the sentences go that do not refuse the request.</param>
    /// <exception cref="StatusException">Invalid, naming the field <c>patch</c>.</exception>
    public static void Patched(JsonObject document, BodyKind kind, PatchBody patch, FieldValidation validation, ICollection<string> warnings)
    {
        if (TypeErrors.FindFirst(document, kind.DecodedTypes) is { } wrong)
            throw Refused(document, patch, patch.Type == MediaTypes.StrategicMergePatch ? ConversionErrors.FindFirst(document, kind.DecodedTypes) ?? wrong : wrong);
        var unknown = UnknownFields.Find(document, kind.Schema);
        string[] problems = [.. patch.Problems, .. unknown.Count > 1 ? UnknownFields.Find(Sorted(document), kind.Schema) : unknown];
        if (problems.Length > 0 && validation == FieldValidation.Strict)
            throw Refused(document, patch, "strict decoding error: " + string.Join(", ", problems));
        if (validation != FieldValidation.Ignore)
        {
            foreach (var problem in problems)
                warnings.Add(problem);
        }
        if (unknown.Count > 0)
            UnknownFields.Prune(document, kind.Schema);
    }

    /// <param name="configuration">What is to be applied.</param>
    /// <param name="kind">What it should be.</param>
    /// <param name="patch">As it was sent.</param>
    /// <param name="validation">What to say about fields that stand twice. Those that the kind does not have are refused in any case.</param>
    /// <param name="warnings">Where the sentences go that do not refuse the request.</param>
    /// <exception cref="StatusException">Without a reason, as upstream's, or BadRequest.</exception>
    public static void Applied(JsonObject configuration, BodyKind kind, PatchBody patch, FieldValidation validation, ICollection<string> warnings)
    {
        var errors = TypedErrors.Find(configuration, kind.Schema);
        if (errors.Count > 0)
        {
            var all = errors.Count == 1 ? errors[0] : "errors:\n" + string.Join('\n', errors.Select(e => "  " + e));
            throw StatusException.Unknown($"failed to create typed patch object ({configuration.Namespace}/{configuration.Name}; {kind.Kind.GroupVersion.Group}/{kind.Kind.Version}, Kind={kind.Kind.Kind}): {all}");
        }
        if (patch.Problems.Count > 0 && validation == FieldValidation.Strict)
            throw StatusException.BadRequest("error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:\n  " + string.Join("\n  ", patch.Problems));
        // What a schema's types do not tell: times, quantities.
        FieldChecks.Apply(configuration, kind, validation, patch.Problems, warnings);
    }

    private static StatusException Refused(JsonObject document, PatchBody patch, string why) =>
        StatusException.Invalid(new GroupKind("", ""), "", [FieldError.Invalid(FieldPath.Root.Child("patch"), patch.Type == MediaTypes.StrategicMergePatch ? GoText.Of(patch.Body) : Text(Sorted(document)), why)]);

    private static string Text(JsonObject document) => System.Text.Encoding.UTF8.GetString(Documents.Encode(document));

    /// <summary>Upstream's patched documents are Go's maps, which are written and read in the order of their keys.</summary>
    private static JsonObject Sorted(JsonObject document) => (JsonObject)Copy(document)!;

    private static JsonNode? Copy(JsonNode? node) => node switch
    {
        JsonObject map => new JsonObject(map.OrderBy(f => f.Key, StringComparer.Ordinal).Select(f => KeyValuePair.Create(f.Key, Copy(f.Value)))),
        JsonArray list => new JsonArray([.. list.Select(Copy)]),
        _ => node?.DeepClone(),
    };
}
