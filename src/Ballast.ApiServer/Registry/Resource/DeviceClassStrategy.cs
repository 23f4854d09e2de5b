using Ballast.ApiMachinery.Validation;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Resource;

internal sealed class DeviceClassStrategy : ResourceStrategy
{
    private const int MaxConfigs = 32;

    public DeviceClassStrategy() => ReturnsDeletedObject = true;

    protected override void Check(Field document)
    {
        var spec = document["spec"];
        DeviceSelectors.Check(spec["selectors"]);
        spec["config"].MaxItems(MaxConfigs);
        foreach (var config in spec["config"].Items)
            config.OpaqueConfig();
        var extended = spec["extendedResourceName"];
        if (extended.IsPresent && !IsExtendedResource(extended.Text))
            extended.Invalid("must be a valid extended resource name");
    }

    /// <summary>A resource that nodes offer beside Kubernetes' own, which are without a domain or in one of its own.</summary>
    private static bool IsExtendedResource(string name) =>
        name.Contains('/', StringComparison.Ordinal) && !name.Contains("kubernetes.io/", StringComparison.Ordinal)
        && !name.StartsWith("requests.", StringComparison.Ordinal) && !NameRules.QualifiedName("requests." + name).Any();
}
