using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Schemas;
using Ballast.ApiMachinery.Validation;
using Ballast.ApiServer.Registry;

namespace Ballast.ApiServer.CustomResources;

/// <summary>The strategy of a custom resource at one version: all it knows comes from the schema.</summary>
/// <param name="schema">The version's.</param>
/// <param name="rules">The version's, for validation.</param>
/// <param name="hasStatus">Is <c>status</c> kept apart from the rest?</param>
/// <param name="scale">Null where the version has no scale.</param>
internal sealed class CustomResourceStrategy(Schema schema, Schema rules, bool hasStatus, CustomScale? scale) : IResourceStrategy
{
    public bool AllowUnconditionalUpdate => false;

    public bool HasGeneration => true;

    public bool IsNewGeneration(JsonObject document, JsonObject old) =>
        document.Select(f => f.Key).Union(old.Select(f => f.Key))
            .Where(field => field is not ("metadata" or "apiVersion" or "kind") && !(hasStatus && field == "status"))
            .Any(field => !JsonNode.DeepEquals(document[field], old[field]));

    public void Default(JsonObject document) => SchemaDefaults.Apply(document, schema);

    public void PrepareForCreate(JsonObject document)
    {
        if (hasStatus)
            document.Remove("status");
    }

    public IEnumerable<FieldError> Validate(JsonObject document) =>
        SchemaValidator.Validate(document, rules).Concat(EmbeddedResources.Validate(document, rules)).Concat(scale?.Validate(document) ?? []);

    public void PrepareForUpdate(JsonObject document, JsonObject old)
    {
        // As clients see it: what only the schema adds or takes is no change of theirs.
        StoredForm.BringUpToDate(old, schema);
        if (hasStatus)
            document.CarryOver("status", old);
    }

    public IEnumerable<FieldError> ValidateUpdate(JsonObject document, JsonObject old) =>
        SchemaValidator.ValidateUpdate(document, old, rules).Concat(EmbeddedResources.Validate(document, rules)).Concat(scale?.Validate(document) ?? []);
}
