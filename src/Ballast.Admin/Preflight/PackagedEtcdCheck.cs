using Ballast.Admin.Hosts;
using Ballast.Admin.Phases;

namespace Ballast.Admin.Preflight;

/// <summary>The unit that comes with Debian's package of etcd does not take the member's port when the machine starts the next time.</summary>
internal sealed class PackagedEtcdCheck : IPreflightCheck
{
    public Task<IReadOnlyList<PreflightFinding>> RunAsync(PhaseContext context, CancellationToken cancel)
    {
        IReadOnlyList<PreflightFinding> findings = context.HasEtcd && SystemdUnit.IsUsedOn(context.Paths) && Systemctl.Run("is-enabled", "--quiet", "etcd") == 0
            ? [new("Service-etcd", true, "systemd starts an etcd of its own with this machine, beside the one of the control plane: systemctl disable --now etcd")]
            : [];
        return Task.FromResult(findings);
    }
}
