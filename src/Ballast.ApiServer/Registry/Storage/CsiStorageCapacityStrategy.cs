using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Validation;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Storage;

internal sealed class CsiStorageCapacityStrategy : ResourceStrategy
{
    protected override void Check(Field document)
    {
        document["nodeTopology"].LabelSelector();
        foreach (var problem in NameRules.DnsSubdomain(document["storageClassName"].Text))
            document["storageClassName"].Add(FieldError.Invalid(document["storageClassName"].Path, document["storageClassName"].Text, problem));
        document["capacity"].NonNegativeQuantity();
        document["maximumVolumeSize"].NonNegativeQuantity();
    }

    protected override void CheckUpdate(Field document, JsonObject old)
    {
        Check(document);
        document["nodeTopology"].Immutable(old["nodeTopology"]);
        document["storageClassName"].Immutable(old["storageClassName"]);
    }
}
