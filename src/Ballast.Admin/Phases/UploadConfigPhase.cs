namespace Ballast.Admin.Phases;

/// <summary>The administrators' role, and the configuration of the cluster and of its kubelets for whoever joins.</summary>
public sealed class UploadConfigPhase : IPhase
{
    public string Name => "upload-config";

    public string Title => "Store the configuration";

    public IReadOnlyList<IPhase> Parts { get; } =
    [
        new PhasePart("kubeadm", "Store the cluster's configuration", _ => ["ClusterRoleBinding kubeadm:cluster-admins", "Role and RoleBinding default/ballast:load-balancer", "Role and RoleBinding default/ballast:virtual-address", "Role and RoleBinding kube-system/ballast:backup-controller", $"ConfigMap kube-system/{ClusterObjects.ConfigurationName}"],
            (context, cancel) => ClusterObjects.EnsureKubeadmConfigurationAsync(context.Admin, context.Cluster, cancel)),
        new PhasePart("kubelet", "Store what kubelets have in common", _ => [$"ConfigMap kube-system/{SharedKubeletConfiguration.MapName}", "Role and RoleBinding kube-system/kubeadm:kubelet-config"],
            (context, cancel) => ClusterObjects.EnsureKubeletConfigurationAsync(context.Admin, cancel)),
    ];

    public IEnumerable<string> Writes(PhaseContext context) => Parts.SelectMany(p => p.Writes(context));

    public async Task<string> RunAsync(PhaseContext context, CancellationToken cancel)
    {
        foreach (var part in Parts)
            await part.RunAsync(context, cancel);
        return $"kube-system/{ClusterObjects.ConfigurationName}, kube-system/{SharedKubeletConfiguration.MapName}";
    }
}
