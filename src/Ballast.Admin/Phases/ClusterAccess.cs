using Ballast.Client;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace Ballast.Admin.Phases;

/// <summary>Who may do what in a cluster: roles, and bindings of the same name. What exists stays as it is: somebody may have changed it on purpose.</summary>
/// <param name="client">An administrator's.</param>
internal sealed class ClusterAccess(ApiClient client)
{
    private const string Rbac = "rbac.authorization.k8s.io";

    public static Rbacv1Subject User(string name) => new() { ApiGroup = Rbac, Kind = "User", Name = name };

    public static Rbacv1Subject Group(string name) => new() { ApiGroup = Rbac, Kind = "Group", Name = name };

    /// <summary>A Role and its RoleBinding.</summary>
    public async Task AllowAsync(string ns, string name, IList<V1PolicyRule> rules, IList<Rbacv1Subject> subjects, CancellationToken cancel)
    {
        await EnsureAsync(new V1Role { Metadata = new() { Name = name, NamespaceProperty = ns }, Rules = rules }, cancel);
        await EnsureAsync(new V1RoleBinding
        {
            Metadata = new() { Name = name, NamespaceProperty = ns },
            RoleRef = new() { ApiGroup = Rbac, Kind = "Role", Name = name },
            Subjects = subjects,
        }, cancel);
    }

    /// <summary>A ClusterRole and its ClusterRoleBinding.</summary>
    public async Task AllowAsync(string name, IList<V1PolicyRule> rules, Rbacv1Subject subject, CancellationToken cancel)
    {
        await EnsureAsync(new V1ClusterRole { Metadata = new() { Name = name }, Rules = rules }, cancel);
        await BindAsync(name, name, subject, cancel);
    }

    /// <summary>A ClusterRoleBinding to a ClusterRole that is there.</summary>
    public Task BindAsync(string name, string role, Rbacv1Subject subject, CancellationToken cancel) => EnsureAsync(new V1ClusterRoleBinding
    {
        Metadata = new() { Name = name },
        RoleRef = new() { ApiGroup = Rbac, Kind = "ClusterRole", Name = role },
        Subjects = [subject],
    }, cancel);

    /// <summary>Makes an object, where there is none of its name.</summary>
    public async Task EnsureAsync<T>(T item, CancellationToken cancel)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        try
        {
            await client.Resources<T>().CreateAsync(item, cancel);
        }
        catch (HttpOperationException error) when (error.IsAlreadyExists)
        {
            // It stays as it is.
        }
    }
}
