using Ballast.Admin.Clusters;
using Ballast.Admin.Hosts;
using Ballast.Bench.Load.Reporting;
using Ballast.Bench.Load.Workloads;

namespace Ballast.Bench.Load.Measuring;

/// <summary>What the processes of an <c>up</c> cluster hold, a row a component: the mean of its processes, with shared pages counted in parts.</summary>
internal static class ComponentMemory
{
    public static IEnumerable<Result> Of(ClusterDirectory cluster) => cluster.HostFolders()
        .SelectMany(host => new HostProcesses(host).List())
        .Where(process => ClusterHosts.Components.Contains(process.Component))
        .GroupBy(process => process.Component, StringComparer.Ordinal)
        .OrderBy(component => component.Key, StringComparer.Ordinal)
        .Select(component => new Result(Works.MemoryOf(component.Key), new() { MebiBytes = component.Average(p => p.MemoryBytes()) / (1024 * 1024) }, null));
}
