using System.Text.Json.Nodes;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Resource;

internal sealed class ResourceClaimTemplateStrategy : ResourceStrategy
{
    public ResourceClaimTemplateStrategy() => ReturnsDeletedObject = true;

    public override void Default(JsonObject document) => DeviceRequests.Default(document.Object("spec", "spec"));

    protected override void Check(Field document)
    {
        document["spec"]["metadata"]["labels"].Labels();
        document["spec"]["metadata"]["annotations"].Annotations();
        DeviceRequests.Check(document["spec"]["spec"]);
    }

    protected override void CheckUpdate(Field document, JsonObject old) => document["spec"].Immutable(old["spec"]);
}
