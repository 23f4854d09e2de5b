using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Authentication;
using Ballast.ApiServer.Registry;
using Ballast.ApiServer.Storage;
using Microsoft.Extensions.Logging;

namespace Ballast.ApiServer.Authorization.Rbac;

/// <summary>
/// The RBAC objects as this server last saw them. A change only marks the snapshot stale; the next decision compiles the new one, so that many
/// changes in a row cost one.
/// </summary>
internal sealed class RbacObjects : IRuleResolver
{
    public const string Group = "rbac.authorization.k8s.io";

    private readonly ObjectFeed[] _feeds;
    private readonly Task _synced;

    // Guards the two dictionaries and the compiling.
    private readonly Lock _lock = new();
    private readonly Dictionary<string, IReadOnlyList<PolicyRule>> _roles = [];
    private readonly Dictionary<string, RoleBinding> _bindings = [];
    private volatile RbacSnapshot? _snapshot;

    public RbacObjects(IResourceCatalog catalog, TimeProvider time, ILogger log)
    {
        _feeds =
        [
            Feed("clusterroles", new Table<IReadOnlyList<PolicyRule>>(this, _roles, namespaced: false, PolicyRule.AllOf)),
            Feed("roles", new Table<IReadOnlyList<PolicyRule>>(this, _roles, namespaced: true, PolicyRule.AllOf)),
            Feed("clusterrolebindings", new Table<RoleBinding>(this, _bindings, namespaced: false, RoleBinding.From)),
            Feed("rolebindings", new Table<RoleBinding>(this, _bindings, namespaced: true, RoleBinding.From)),
        ];
        _synced = Task.WhenAll(_feeds.Select(f => f.Synced));

        ObjectFeed Feed(string resource, IFeedConsumer consumer) => new(catalog, new GroupResource(Group, resource), consumer, time, log);
    }

    /// <summary>Done once all four resources were read for the first time.</summary>
    public Task Synced => _synced;

    public Task RunAsync(CancellationToken cancel) => Task.WhenAll(_feeds.Select(f => f.RunAsync(cancel)));

    /// <summary>Waits for the first complete read: an answer before that would refuse what a role allows.</summary>
    public ValueTask<RbacSnapshot> CurrentAsync(CancellationToken cancel) =>
        _snapshot is { } snapshot ? new(snapshot) : new(CompileAsync(cancel));

    public async ValueTask<UserRules> RulesForAsync(UserInfo user, string ns, CancellationToken cancel)
    {
        var (rules, errors) = (await CurrentAsync(cancel)).RulesFor(user, ns);
        return new UserRules(rules, errors, Incomplete: errors.Count > 0);
    }

    private async Task<RbacSnapshot> CompileAsync(CancellationToken cancel)
    {
        await _synced.WaitAsync(cancel);
        lock (_lock)
            return _snapshot ??= new RbacSnapshot(_roles, _bindings.Values);
    }

    /// <summary>One resource's part of a dictionary that it shares with its cluster-scoped or namespaced sibling.</summary>
    private sealed class Table<T>(RbacObjects owner, Dictionary<string, T> table, bool namespaced, Func<System.Text.Json.Nodes.JsonObject, T> read) : IFeedConsumer
    {
        public void Replace(IReadOnlyList<StoredObject> objects)
        {
            var fresh = objects.Select(o => (o.Key, Value: read(o.ToDocument()))).ToArray();
            lock (owner._lock)
            {
                foreach (var key in table.Keys.Where(key => key.Contains('/', StringComparison.Ordinal) == namespaced).ToArray())
                    _ = table.Remove(key);
                foreach (var (key, value) in fresh)
                    table[key] = value;
                owner._snapshot = null;
            }
        }

        public void Set(StoredObject changed)
        {
            var value = read(changed.ToDocument());
            lock (owner._lock)
            {
                table[changed.Key] = value;
                owner._snapshot = null;
            }
        }

        public void Remove(StoredObject gone)
        {
            lock (owner._lock)
            {
                _ = table.Remove(gone.Key);
                owner._snapshot = null;
            }
        }
    }
}
