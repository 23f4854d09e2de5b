using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Policy;

internal sealed class PodDisruptionBudgetStrategy : ResourceStrategy
{
    protected override void Check(Field document)
    {
        var spec = document["spec"];
        if (spec["minAvailable"].IsPresent && spec["maxUnavailable"].IsPresent)
            spec.Invalid("minAvailable and maxUnavailable cannot be both set");
        foreach (var amount in (ReadOnlySpan<string>)["minAvailable", "maxUnavailable"])
        {
            spec[amount].NumberOrPercent();
            spec[amount].NotMoreThanAll();
        }
        spec["selector"].LabelSelector();
        spec["unhealthyPodEvictionPolicy"].OneOf("AlwaysAllow", "IfHealthyBudget");
    }
}
