using System.Text.Json.Nodes;
using Ballast.ApiServer.Registry.Core;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Node;

internal sealed class RuntimeClassStrategy : ResourceStrategy
{
    protected override void Check(Field document)
    {
        if (document["handler"].Required())
            document["handler"].DnsLabel();
        ResourceRequirements.CheckLimits(document["overhead"]["podFixed"].At(document["overhead"].Path.Child("limits")));
        document["scheduling"]["nodeSelector"].Labels();
        AffinityValidation.CheckTolerations(document["scheduling"]["tolerations"]);
    }

    protected override void CheckUpdate(Field document, JsonObject old)
    {
        Check(document);
        document["handler"].Immutable(old["handler"]);
    }
}
