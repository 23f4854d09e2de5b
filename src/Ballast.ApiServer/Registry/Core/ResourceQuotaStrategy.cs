using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Validation;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Core;

internal sealed class ResourceQuotaStrategy : ResourceStrategy
{
    private static readonly string[] Scopes =
        ["BestEffort", "CrossNamespacePodAffinity", "NotBestEffort", "NotTerminating", "PriorityClass", "Terminating", "VolumeAttributesClass"];

    public ResourceQuotaStrategy() => ReturnsDeletedObject = true;

    protected override void Check(Field document)
    {
        var spec = document["spec"];
        foreach (var (name, quantity) in spec["hard"].Entries)
        {
            ResourceRequirements.CheckName(name, quantity);
            quantity.NonNegativeQuantity();
        }
        foreach (var scope in spec["scopes"].Items)
            scope.OneOf(Scopes);
        foreach (var expression in spec["scopeSelector"]["matchExpressions"].Items)
        {
            expression["scopeName"].OneOf(Scopes);
            expression["operator"].RequiredOneOf("DoesNotExist", "Exists", "In", "NotIn");
        }
    }

    protected override void CheckUpdate(Field document, JsonObject old)
    {
        Check(document);
        var scopes = document["spec"]["scopes"];
        if (!scopes.Items.Select(s => s.Text).ToHashSet().SetEquals(old.Strings("spec", "scopes")))
            scopes.Add(FieldError.Invalid(scopes.Path, scopes.Value, "field is immutable"));
    }
}
