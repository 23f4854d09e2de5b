using System.Text;

namespace Ballast.Integration.Tests.Clusters;

/// <summary>What one would look at first on a cluster where something went wrong.</summary>
public static class ClusterReport
{
    private const int LinesEach = 12;

    /// <summary>The status, what clients see, and the last lines of every component's log that are more than news of health checks.</summary>
    public static async Task<string> OfAsync(TestCluster cluster)
    {
        var report = new StringBuilder();
        report.AppendLine((await cluster.BallastAsync("status")).Output);
        report.AppendLine((await cluster.TryKubectlAsync("get", "pods,deployments,replicasets", "-A", "-o", "wide")).Output);
        report.AppendLine((await cluster.TryKubectlAsync("get", "endpointslices,leases", "-A")).Output);
        foreach (var log in Directory.EnumerateFiles(cluster.HostsFolder, "*.log", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            // etcd's are its own, and long
            if (log.Contains("/etcd/", StringComparison.Ordinal))
                continue;
            var lines = (await File.ReadAllLinesAsync(log)).Where(l => !l.Contains("z check failed", StringComparison.Ordinal)).TakeLast(LinesEach);
            report.AppendLine($"== {Path.GetRelativePath(cluster.HostsFolder, log)}").AppendJoin('\n', lines).AppendLine();
        }
        return report.ToString();
    }
}
