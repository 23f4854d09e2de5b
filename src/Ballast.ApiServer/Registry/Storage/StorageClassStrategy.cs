using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.Validation;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Storage;

internal sealed class StorageClassStrategy : ResourceStrategy
{
    public StorageClassStrategy() => ReturnsDeletedObject = true;

    public override void Default(JsonObject document)
    {
        document.SetDefault("reclaimPolicy", "Delete");
        document.SetDefault("volumeBindingMode", "Immediate");
    }

    protected override void Check(Field document)
    {
        if (document["provisioner"].Required())
            document["provisioner"].Invalid(NameRules.QualifiedName(document["provisioner"].Text.ToLowerInvariant()));
        document["reclaimPolicy"].OneOf("Delete", "Retain");
        document["volumeBindingMode"].RequiredOneOf("Immediate", "WaitForFirstConsumer");
        StorageParameters.Check(document["parameters"]);
        CheckTopologies(document["allowedTopologies"]);
    }

    protected override void CheckUpdate(Field document, JsonObject old)
    {
        Check(document);
        foreach (var field in (ReadOnlySpan<string>)["parameters", "provisioner", "reclaimPolicy"])
        {
            if (!JsonNode.DeepEquals(document[field].Value, old[field]))
                document[field].Forbidden($"updates to {field} are forbidden.");
        }
        document["volumeBindingMode"].Immutable(old["volumeBindingMode"]);
    }

    private static void CheckTopologies(Field topologies)
    {
        var seen = new HashSet<string>();
        foreach (var term in topologies.Items)
        {
            var keys = new HashSet<string>();
            foreach (var expression in term["matchLabelExpressions"].Items)
            {
                var (key, values) = (expression["key"], expression["values"]);
                foreach (var problem in NameRules.QualifiedName(key.Text))
                    key.Add(FieldError.Invalid(key.Path, key.Text, problem));
                values.Required();
                values.UniqueTexts();
                if (!keys.Add(key.Text))
                    key.Add(FieldError.Duplicate(key.Path, ""));
            }
            var allowed = term["matchLabelExpressions"].Items.Select(e => $"{e["key"].Text}={string.Join(',', e["values"].Items.Select(v => v.Text).Order(StringComparer.Ordinal))}");
            if (!seen.Add(string.Join(';', allowed.Order(StringComparer.Ordinal))))
                term.Add(FieldError.Duplicate(term["matchLabelExpressions"].Path, ""));
        }
    }
}
