using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Registry;
using Ballast.ApiServer.Storage;

namespace Ballast.ApiServer.Authorization.Rbac;

/// <summary>The rules of one role, read from storage.</summary>
internal sealed class RoleRules(IResourceCatalog catalog)
{
    /// <param name="resource"><c>roles</c> or <c>clusterroles</c>.</param>
    /// <param name="ns">Empty for cluster roles.</param>
    /// <param name="name">The role's.</param>
    /// <param name="cancel">Ends the read.</param>
    /// <exception cref="StatusException">NotFound.</exception>
    public async Task<IReadOnlyList<PolicyRule>> OfAsync(string resource, string ns, string name, CancellationToken cancel)
    {
        var store = catalog.Find(new GroupResource(RbacObjects.Group, resource)) ?? throw StatusException.PathNotFound();
        var role = await store.Objects.GetAsync(ns.Length == 0 ? name : $"{ns}/{name}", ReadConsistency.Linearizable, cancel)
            ?? throw StatusException.NotFound(store.Definition.GroupResource, name);
        return PolicyRule.AllOf(role.ToDocument());
    }
}
