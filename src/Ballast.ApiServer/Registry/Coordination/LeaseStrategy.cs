using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Coordination;

internal sealed class LeaseStrategy : ResourceStrategy
{
    protected override void Check(Field document)
    {
        var spec = document["spec"];
        spec["leaseDurationSeconds"].Positive();
        spec["leaseTransitions"].NonNegative();
        // Kubernetes' own have no domain before them.
        if (spec["strategy"].Text.Contains('/', StringComparison.Ordinal))
            spec["strategy"].QualifiedName();
        else
            spec["strategy"].OneOf("OldestEmulationVersion");
        if (!spec["preferredHolder"].IsEmpty && spec["strategy"].IsEmpty)
            spec["preferredHolder"].Forbidden("may only be specified when `strategy` is defined");
    }
}
