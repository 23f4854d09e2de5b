namespace Ballast.Admin.Phases;

/// <summary>The administrators' role, and the cluster's configuration for whoever joins.</summary>
public sealed class UploadConfigPhase : IPhase
{
    public string Name => "upload-config";

    public string Title => "Store the configuration";

    public IEnumerable<string> Writes(PhaseContext context) =>
    [
        "ClusterRoleBinding kubeadm:cluster-admins", "Role and RoleBinding default/ballast:load-balancer", "RoleBinding default/ballast:host-load-balancers", "Role and RoleBinding default/ballast:virtual-address", "ConfigMap kube-system/kubeadm-config",
    ];

    public async Task<string> RunAsync(PhaseContext context, CancellationToken cancel)
    {
        await ClusterObjects.EnsureAsync(context.Admin, context.Cluster, cancel);
        return "kube-system/kubeadm-config";
    }
}
