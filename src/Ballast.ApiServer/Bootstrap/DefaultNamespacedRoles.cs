using static Ballast.ApiServer.Bootstrap.RbacTable;

namespace Ballast.ApiServer.Bootstrap;

/// <summary>The roles in kube-system and kube-public, and who holds them.</summary>
internal static class DefaultNamespacedRoles
{
    public static IReadOnlyList<DefaultRole> Roles { get; } =
    [
        RoleIn("kube-public", "system:controller:bootstrap-signer",
            Allow(Read, Core, "configmaps"),
            Allow("update", Core, "configmaps", names: "cluster-info"),
            RecordEvents),
        RoleIn("kube-system", "extension-apiserver-authentication-reader",
            Allow(Read, Core, "configmaps", names: "extension-apiserver-authentication")),
        RoleIn("kube-system", "system::leader-locking-kube-controller-manager",
            Allow("create get list update watch", "coordination.k8s.io", "leases"),
            Allow("create get list update watch", "coordination.k8s.io", "leasecandidates")),
        RoleIn("kube-system", "system::leader-locking-kube-scheduler",
            Allow("create get list update watch", "coordination.k8s.io", "leases"),
            Allow("create get list update watch", "coordination.k8s.io", "leasecandidates")),
        RoleIn("kube-system", "system:controller:bootstrap-signer",
            Allow(Read, Core, "secrets")),
        RoleIn("kube-system", "system:controller:cloud-provider",
            Allow("create get list watch", Core, "configmaps")),
        RoleIn("kube-system", "system:controller:token-cleaner",
            Allow("delete get list watch", Core, "secrets"),
            RecordEvents),
    ];

    public static IReadOnlyList<BootstrapObject> Bindings { get; } =
    [
        BindIn("kube-public", "system:controller:bootstrap-signer", "system:controller:bootstrap-signer", SystemAccount("bootstrap-signer")),
        BindIn("kube-system", "system::extension-apiserver-authentication-reader", "extension-apiserver-authentication-reader",
            User("system:kube-controller-manager"), User("system:kube-scheduler")),
        BindIn("kube-system", "system::leader-locking-kube-controller-manager", "system::leader-locking-kube-controller-manager",
            User("system:kube-controller-manager"), SystemAccount("kube-controller-manager"), SystemAccount("leader-election-controller")),
        BindIn("kube-system", "system::leader-locking-kube-scheduler", "system::leader-locking-kube-scheduler",
            User("system:kube-scheduler"), SystemAccount("kube-scheduler")),
        BindIn("kube-system", "system:controller:bootstrap-signer", "system:controller:bootstrap-signer", SystemAccount("bootstrap-signer")),
        BindIn("kube-system", "system:controller:cloud-provider", "system:controller:cloud-provider", SystemAccount("cloud-provider")),
        BindIn("kube-system", "system:controller:token-cleaner", "system:controller:token-cleaner", SystemAccount("token-cleaner")),
    ];
}
