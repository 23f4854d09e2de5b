using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Storage;

internal sealed class VolumeAttributesClassStrategy : ResourceStrategy
{
    public VolumeAttributesClassStrategy() => ReturnsDeletedObject = true;

    protected override void Check(Field document)
    {
        document["driverName"].DriverName();
        if (document["parameters"].Required("must contain at least one key/value pair"))
            StorageParameters.Check(document["parameters"]);
    }

    protected override void CheckUpdate(Field document, JsonObject old)
    {
        if (document["driverName"].Text != old.StringAt("driverName"))
            document["driverName"].Forbidden("updates to driverName are forbidden.");
        if (!JsonNode.DeepEquals(document["parameters"].Value, old["parameters"]))
            document["parameters"].Forbidden("updates to parameters are forbidden.");
    }
}
