using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Registry.ApiRegistration;

namespace Ballast.ApiServer.Bootstrap;

/// <summary>Everything a server makes sure of at its start, in order.</summary>
public static class BootstrapParts
{
    private static readonly GroupResource ApiServices = new("apiregistration.k8s.io", "apiservices");
    private static readonly KeepExisting KeepExisting = new();
    private static readonly RoleReconciliation Roles = new();
    private static readonly BindingReconciliation Bindings = new();
    private static readonly FlowControlReconciliation FlowControl = new();

    /// <param name="serviceRanges"><c>--service-cluster-ip-range</c>.</param>
    public static IReadOnlyList<BootstrapPart> All(IReadOnlyList<string> serviceRanges) =>
    [
        new("start-system-namespaces-controller", [.. DefaultObjects.Namespaces.Select(o => (o, (IReconciliation)KeepExisting))]),
        new("rbac/bootstrap-roles", [.. RbacObjects()]),
        new("scheduling/bootstrap-system-priority-classes", [.. DefaultObjects.PriorityClasses.Select(o => (o, (IReconciliation)KeepExisting))]),
        new("priority-and-fairness-config-producer", [.. DefaultFlowControl.All.Select(o => (o, (IReconciliation)FlowControl))]),
        new("apiservice-registration-controller", [.. LocalApiServices.All.Select(s => (new BootstrapObject(ApiServices, s), (IReconciliation)KeepExisting))]),
        new("start-kubernetes-service-cidr-controller", [(DefaultObjects.ServiceRange(serviceRanges), KeepExisting)]),
    ];

    private static IEnumerable<(BootstrapObject, IReconciliation)> RbacObjects()
    {
        foreach (var role in DefaultClusterRoles.Roles.Concat(DefaultControllerRoles.All.Select(c => c.Role)).Concat(DefaultNamespacedRoles.Roles))
            yield return (role.ToObject(), Roles);
        foreach (var binding in DefaultClusterRoles.Bindings.Concat(DefaultControllerRoles.All.Select(c => c.Binding)).Concat(DefaultNamespacedRoles.Bindings))
            yield return (binding, Bindings);
    }
}
