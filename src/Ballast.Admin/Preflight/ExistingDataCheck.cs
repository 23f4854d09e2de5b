using Ballast.Admin.Phases;

namespace Ballast.Admin.Preflight;

/// <summary>
/// No data of another cluster is on the host. What an interrupted run of the same command left is not: it wrote a manifest for its etcd data, and its own endpoint into
/// its kubeconfigs.
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
            if (!File.ReadAllText(file).Contains($"server: {context.Cluster.Server}\n", StringComparison.Ordinal))
                findings.Add(new($"FileAvailable--etc-kubernetes-{Path.GetFileName(file)}", true, $"{file} is of another cluster than {context.Cluster.Server}: run ballast reset first"));
        }
        return Task.FromResult<IReadOnlyList<PreflightFinding>>(findings);
    }
}
