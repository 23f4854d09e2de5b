using System.Text.RegularExpressions;
using Ballast.Admin.LoadBalancers;
using Ballast.Admin.Phases;

namespace Ballast.Admin.Preflight;

/// <summary>
/// No data of another cluster is on the host. What an interrupted run of the same command left is not: it wrote a manifest for its etcd data, and its own endpoint into
/// its kubeconfigs, or into the manifest of what they name.
/// </summary>
internal sealed class ExistingDataCheck : IPreflightCheck
{
    public Task<IReadOnlyList<PreflightFinding>> RunAsync(PhaseContext context, CancellationToken cancel)
    {
        var findings = new List<PreflightFinding>();
        var data = context.Paths.EtcdData;
        if (context.HasEtcd && Directory.Exists(data) && Directory.EnumerateFileSystemEntries(data).Any() && !File.Exists(context.Paths.Manifest("etcd")))
            findings.Add(new("DirAvailable--var-lib-etcd", true, $"{data} is not empty and belongs to no etcd of this host: move it away, or run ballast reset"));
        foreach (var file in new[] { "admin.conf", "kubelet.conf" }.Select(context.Paths.Kubeconfig).Where(File.Exists))
        {
            if (!IsOfThisCluster(context, File.ReadAllText(file)))
                findings.Add(new($"FileAvailable--etc-kubernetes-{Path.GetFileName(file)}", true, $"{file} is of another cluster than {context.Cluster.Server}: run ballast reset first"));
        }
        return Task.FromResult<IReadOnlyList<PreflightFinding>>(findings);
    }

    /// <summary>It names the endpoint, or this host's load balancer, which begins with the endpoint.</summary>
    private static bool IsOfThisCluster(PhaseContext context, string kubeconfig)
    {
        var balancer = context.Paths.Manifest(HostBalancer.Component);
        return kubeconfig.Contains($"server: {context.Cluster.Server}\n", StringComparison.Ordinal)
            || (kubeconfig.Contains($"server: {new HostBalancer(context.Host).Server}\n", StringComparison.Ordinal)
                && File.Exists(balancer) && Regex.IsMatch(File.ReadAllText(balancer), $@"--backends=(\S+,)?{Regex.Escape(context.Cluster.ControlPlaneEndpoint)}(,|\s)"));
    }
}
