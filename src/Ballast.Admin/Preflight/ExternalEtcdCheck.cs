using Ballast.Admin.EtcdQuorum;
using Ballast.Admin.Phases;
using Ballast.Etcd;
using Grpc.Core;

namespace Ballast.Admin.Preflight;

/// <summary>The files for an external etcd are there, and with them each of its members answers, and is new enough. A control plane that joins gets the files a little later.</summary>
internal sealed class ExternalEtcdCheck : IPreflightCheck
{
    public async Task<IReadOnlyList<PreflightFinding>> RunAsync(PhaseContext context, CancellationToken cancel)
    {
        if (!context.IsControlPlane || context.Cluster.ExternalEtcd is not { } external)
            return [];
        var tls = external.On(context.Paths);
        var missing = new[] { tls.CaFile, tls.CertFile, tls.KeyFile }.Where(f => !File.Exists(f)).ToList();
        if (missing.Count > 0)
            return context.JoinToken is not null ? [] : [new("ExternalEtcdClientCertificates", true, $"{string.Join(", ", missing)} {(missing.Count == 1 ? "is" : "are")} missing: without it etcd lets nobody in")];
        using var etcd = ClusterEtcd.Connect([.. external.Endpoints.Select(e => new Uri(e))], tls, context.Time);
        var findings = await Task.WhenAll(external.Endpoints.Select(async endpoint => await TroubleAsync(etcd, endpoint, cancel) is { } trouble
            ? new PreflightFinding("ExternalEtcdVersion", true, $"the etcd member {endpoint} {trouble}") : null));
        return [.. findings.OfType<PreflightFinding>()];
    }

    private static async Task<string?> TroubleAsync(EtcdClient etcd, string endpoint, CancellationToken cancel)
    {
        try
        {
            var status = await etcd.Maintenance.StatusAsync(new Uri(endpoint), cancel);
            return status.Leader == 0 ? "does not answer: it knows no leader" : EtcdVersionCheck.Trouble(status.Version);
        }
        catch (Exception silent) when (silent is EtcdException or RpcException)
        {
            return $"does not answer: {silent.Message}";
        }
    }
}
