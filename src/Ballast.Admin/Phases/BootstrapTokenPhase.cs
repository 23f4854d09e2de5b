using Ballast.Admin.Tokens;

namespace Ballast.Admin.Phases;

/// <summary>What a host needs to join: the roles, how to find the cluster, and a token.</summary>
public sealed class BootstrapTokenPhase : IPhase
{
    public string Name => "bootstrap-token";

    public string Title => "Make a token to join with";

    public IEnumerable<string> Writes(PhaseContext context) =>
    [
        .. new[] { "kubelet-bootstrap", "node-autoapprove-bootstrap", "node-autoapprove-certificate-rotation", "get-nodes" }.Select(n => $"ClusterRoleBinding kubeadm:{n}"),
        "ClusterRole kubeadm:get-nodes",
        .. new[] { "kube-system/kubeadm:nodes-kubeadm-config", "kube-public/kubeadm:bootstrap-signer-clusterinfo" }.Select(n => $"Role and RoleBinding {n}"),
        $"ConfigMap {ClusterInfo.Namespace}/{ClusterInfo.Name}",
        .. context.Tokens.Select(t => $"Secret kube-system/{BootstrapTokenSecrets.NameOf(t.Id)}"),
    ];

    public async Task<string> RunAsync(PhaseContext context, CancellationToken cancel)
    {
        var info = new ClusterInfo(context.Cluster.Server, await File.ReadAllTextAsync(context.Paths.Pki("ca.crt"), cancel));
        await JoinAccess.EnsureAsync(context.Admin, info, cancel);
        var secrets = new BootstrapTokenSecrets(context.Admin, context.Time);
        var known = (await secrets.ListAsync(cancel)).Select(t => t.Id).ToHashSet();
        foreach (var token in context.Tokens.Where(t => !known.Contains(t.Id)))
            await secrets.CreateAsync(token, cancel);
        return "";
    }
}
