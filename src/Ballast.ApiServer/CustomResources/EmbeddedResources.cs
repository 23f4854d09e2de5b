using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.Schemas;
using Ballast.ApiMachinery.Validation;

namespace Ballast.ApiServer.CustomResources;

/// <summary>Checks the objects inside an object (<c>x-kubernetes-embedded-resource</c>): each has to say what it is.</summary>
internal static class EmbeddedResources
{
    public static IEnumerable<FieldError> Validate(JsonObject document, Schema schema) => Below(document, schema, FieldPath.Root);

    private static IEnumerable<FieldError> Check(JsonNode? value, Schema schema, FieldPath path)
    {
        if (schema.EmbeddedResource && value is JsonObject embedded)
        {
            if (embedded.ApiVersion.Length == 0)
                yield return FieldError.Required(path.Child("apiVersion"), "must not be empty");
            else if (embedded.ApiVersion.Count(c => c == '/') > 1)
                yield return FieldError.Invalid(path.Child("apiVersion"), embedded.ApiVersion, $"unexpected GroupVersion string: {embedded.ApiVersion}");
            if (embedded.Kind.Length == 0)
                yield return FieldError.Required(path.Child("kind"), "must not be empty");
            else if (NameRules.Dns1035Label(embedded.Kind.ToLowerInvariant()).FirstOrDefault() is { } problem)
                yield return FieldError.Invalid(path.Child("kind"), embedded.Kind, $"may have mixed case, but should otherwise match: {problem}");
        }
        foreach (var error in Below(value, schema, path))
            yield return error;
    }

    private static IEnumerable<FieldError> Below(JsonNode? value, Schema schema, FieldPath path) => value switch
    {
        JsonObject map => map.Where(f => schema.Field(f.Key) is not null)
            .SelectMany(f => Check(f.Value, schema.Field(f.Key)!, schema.Properties.ContainsKey(f.Key) ? path.Child(f.Key) : path.Key(f.Key))),
        JsonArray list when schema.Items is { } items => list.SelectMany((item, i) => Check(item, items, path.Index(i))),
        _ => [],
    };
}
