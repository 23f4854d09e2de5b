using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.Validation;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.FlowControl;

internal sealed class FlowSchemaStrategy : ResourceStrategy
{
    public override void Default(JsonObject document) => document.Object("spec")?.SetDefault("matchingPrecedence", 1000);

    protected override void Check(Field document)
    {
        var spec = document["spec"];
        var precedence = spec["matchingPrecedence"];
        if (precedence.Number is <= 0)
            precedence.Invalid("must be a positive value");
        if (precedence.Number > 10000)
            precedence.Invalid("must not be greater than 10000");
        if (precedence.Number == 1 && document["metadata"]["name"].Text != "exempt")
            precedence.Invalid("only the schema named 'exempt' may have matchingPrecedence 1");
        if (spec["distinguisherMethod"].IsPresent)
        {
            var type = spec["distinguisherMethod"]["type"];
            if (type.Text is not ("ByNamespace" or "ByUser"))
                type.Add(FieldError.NotSupported(type.Path, type.Text, "ByNamespace", "ByUser"));
        }
        var level = spec["priorityLevelConfiguration"]["name"];
        if (level.Required("must reference a priority level"))
            level.DnsSubdomain();
        foreach (var rule in spec["rules"].Items)
            FlowRules.Check(rule);
    }
}
