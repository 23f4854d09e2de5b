using Ballast.Admin.Clusters;
using Ballast.Admin.Hosts;
using Ballast.Admin.LoadBalancers;
using Ballast.Admin.Phases;

namespace Ballast.Admin.Preflight;

/// <summary>The ports of the host's servers are free, unless they are its own that run already.</summary>
internal sealed class PortCheck : IPreflightCheck
{
    private static readonly int[] ControlPlane = [6443, HostBalancer.Port, HostBalancer.StatusPort, 10250, 10257, 10259];
    private static readonly int[] Etcd = [2379, 2380, 2381];
    private static readonly int[] Worker = [HostBalancer.Port, HostBalancer.StatusPort, 10250];

    public Task<IReadOnlyList<PreflightFinding>> RunAsync(PhaseContext context, CancellationToken cancel)
    {
        IReadOnlyList<PreflightFinding> findings = new HostProcesses(context.Paths).List().Count > 0 ? [] :
        [
            .. (context.IsControlPlane ? ControlPlane : Worker).Concat(context.HasEtcd ? Etcd : []).Where(port => !SubnetClaims.IsFree(context.Host.Address, port))
                .Select(port => new PreflightFinding($"Port-{port}", true, $"{context.Host.Address}:{port} is in use by another program, or is no address of this machine")),
        ];
        return Task.FromResult(findings);
    }
}
