using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Ballast.ApiServer.Authentication;

namespace Ballast.ApiServer.Authorization.Rbac;

/// <summary>
/// All roles and bindings at one moment, compiled for lookups by subject. Immutable but for the decisions it remembers, which live
/// as long as the user they belong to and this snapshot.
/// </summary>
internal sealed class RbacSnapshot
{
    private readonly SubjectIndex _cluster = new();
    private readonly Dictionary<string, SubjectIndex> _namespaces = [];
    private readonly ConditionalWeakTable<UserInfo, UserGrants> _users = [];

    /// <param name="roles">Rules by <c>name</c> (ClusterRole) and <c>ns/name</c> (Role).</param>
    /// <param name="bindings">Of both kinds.</param>
    public RbacSnapshot(IReadOnlyDictionary<string, IReadOnlyList<PolicyRule>> roles, IEnumerable<RoleBinding> bindings)
    {
        foreach (var binding in bindings.OrderBy(b => b.Name, StringComparer.Ordinal))
        {
            var rules = roles.GetValueOrDefault(binding.RoleKey);
            var index = binding.Namespace.Length == 0 ? _cluster : NamespaceIndex(binding.Namespace);
            foreach (var subject in binding.Subjects)
                index.Add(subject, new Grant(binding.Describe(subject), rules, binding.MissingRole));
        }
    }

    public (AuthorizationDecision Decision, string Reason) Decide(AuthorizationAttributes request) =>
        _users.GetValue(request.User, user => new UserGrants(this, user)).Decide(request);

    /// <summary>Everything <paramref name="user"/> may do in <paramref name="ns"/> (or in the cluster, where it is empty), and which roles were not found.</summary>
    public (IReadOnlyList<PolicyRule> Rules, IReadOnlyList<string> Errors) RulesFor(UserInfo user, string ns)
    {
        var grants = GrantsFor(user, ns).ToArray();
        return ([.. grants.SelectMany(g => g.Rules ?? [])], Errors(grants));
    }

    private IEnumerable<Grant> GrantsFor(UserInfo user, string ns)
    {
        var grants = _cluster.For(user);
        return ns.Length > 0 && _namespaces.TryGetValue(ns, out var local) ? grants.Concat(local.For(user)) : grants;
    }

    private SubjectIndex NamespaceIndex(string ns)
    {
        if (!_namespaces.TryGetValue(ns, out var index))
            _namespaces.Add(ns, index = new());
        return index;
    }

    private static string[] Errors(IEnumerable<Grant> grants) => [.. grants.Where(g => g.Rules is null).Select(g => g.MissingRole).Distinct()];

    /// <param name="Description">Which binding, of which role, to whom; for audit.</param>
    /// <param name="Rules">Null where the role does not exist.</param>
    /// <param name="MissingRole">The error that names it.</param>
    private sealed record Grant(string Description, IReadOnlyList<PolicyRule>? Rules, string MissingRole);

    private sealed class SubjectIndex
    {
        private readonly Dictionary<string, List<Grant>> _users = [];
        private readonly Dictionary<string, List<Grant>> _groups = [];

        public void Add(RbacSubject subject, Grant grant)
        {
            var index = subject.Kind == RbacSubject.Group ? _groups : _users;
            if (!index.TryGetValue(subject.AuthenticatedName, out var grants))
                index.Add(subject.AuthenticatedName, grants = []);
            grants.Add(grant);
        }

        public IEnumerable<Grant> For(UserInfo user)
        {
            IEnumerable<Grant> grants = _users.GetValueOrDefault(user.Name) ?? [];
            foreach (var group in user.Groups)
            {
                if (_groups.TryGetValue(group, out var more))
                    grants = grants.Concat(more);
            }
            return grants;
        }
    }

    /// <summary>One user's grants, and what was decided by them.</summary>
    private sealed class UserGrants(RbacSnapshot snapshot, UserInfo user)
    {
        private const int MaxRemembered = 4096;

        private readonly ConcurrentDictionary<Question, Answer> _remembered = [];
        private readonly ConcurrentDictionary<string, Grant[]> _byNamespace = [];

        public (AuthorizationDecision, string) Decide(AuthorizationAttributes request)
        {
            var question = new Question(request.IsResourceRequest, request.Verb, request.IsResourceRequest ? request.Group : request.Path,
                request.Resource, request.Subresource, request.Namespace);
            if (!_remembered.TryGetValue(question, out var answer))
            {
                answer = Answer.Of(In(request.Namespace), request);
                if (_remembered.Count >= MaxRemembered)
                    _remembered.Clear();
                _remembered[question] = answer;
            }
            return answer.DependsOnName ? Answer.ForName(In(request.Namespace), request) : answer.Outcome;
        }

        private Grant[] In(string ns)
        {
            if (_byNamespace.TryGetValue(ns, out var grants))
                return grants;
            if (_byNamespace.Count >= MaxRemembered)
                _byNamespace.Clear();
            return _byNamespace[ns] = [.. snapshot.GrantsFor(user, ns)];
        }
    }

    /// <summary>A request without its object name: what most rules do not ask for.</summary>
    private readonly record struct Question(bool IsResource, string Verb, string GroupOrPath, string Resource, string Subresource, string Namespace);

    private sealed record Answer((AuthorizationDecision, string) Outcome, bool DependsOnName)
    {
        public static Answer Of(Grant[] grants, AuthorizationAttributes request)
        {
            var someName = false;
            foreach (var grant in grants)
            {
                foreach (var rule in grant.Rules ?? [])
                {
                    if (!rule.AllowsSomeName(request))
                        continue;
                    if (rule.ResourceNames.Count == 0 || !request.IsResourceRequest)
                        return new(Allow(grant), DependsOnName: false);
                    someName = true;
                }
            }
            return new(Refuse(grants), someName);
        }

        public static (AuthorizationDecision, string) ForName(Grant[] grants, AuthorizationAttributes request)
        {
            foreach (var grant in grants)
            {
                if (grant.Rules?.Any(rule => rule.Allows(request)) == true)
                    return Allow(grant);
            }
            return Refuse(grants);
        }

        private static (AuthorizationDecision, string) Allow(Grant grant) => (AuthorizationDecision.Allow, "RBAC: allowed by " + grant.Description);

        private static (AuthorizationDecision, string) Refuse(Grant[] grants) => (AuthorizationDecision.NoOpinion, Errors(grants) switch
        {
            [] => "",
            [var one] => "RBAC: " + one,
            var many => $"RBAC: [{string.Join(", ", many)}]",
        });
    }
}
