using System.Text.Json.Nodes;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Apps;

internal sealed class ControllerRevisionStrategy : ResourceStrategy
{
    protected override void Check(Field document)
    {
        document["data"].Required("data is mandatory");
        document["revision"].NonNegative();
    }

    protected override void CheckUpdate(Field document, JsonObject old)
    {
        document["revision"].NonNegative();
        document["data"].Immutable(old["data"]);
    }
}
