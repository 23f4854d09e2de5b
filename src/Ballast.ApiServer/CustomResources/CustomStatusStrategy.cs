using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.Schemas;
using Ballast.ApiMachinery.Validation;
using Ballast.ApiServer.Registry;

namespace Ballast.ApiServer.CustomResources;

/// <summary>Writes of a custom resource's <c>status</c>: nothing else changes, metadata but for who manages what included.</summary>
internal sealed class CustomStatusStrategy(Schema schema, Schema rules) : IResourceStrategy
{
    public bool AllowUnconditionalUpdate => false;

    public bool HasGeneration => true;

    public bool IsNewGeneration(JsonObject document, JsonObject old) => false;

    public void Default(JsonObject document) => SchemaDefaults.Apply(document, schema);

    public void PrepareForUpdate(JsonObject document, JsonObject old)
    {
        StoredForm.BringUpToDate(old, schema);
        foreach (var field in document.Select(f => f.Key).Union(old.Select(f => f.Key)).Where(f => f is not ("metadata" or "status")).ToList())
            document.CarryOver(field, old);
        var sent = document.Metadata;
        var metadata = old.Metadata.DeepClone().AsObject();
        foreach (var field in (string[])["managedFields", "resourceVersion"])
            metadata.CarryOver(field, sent);
        document["metadata"] = metadata;
    }

    public IEnumerable<FieldError> ValidateUpdate(JsonObject document, JsonObject old) => SchemaValidator.ValidateUpdate(document, old, rules);
}
