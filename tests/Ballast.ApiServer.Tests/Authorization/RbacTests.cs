using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Authentication;
using Ballast.ApiServer.Authorization;
using Ballast.ApiServer.Authorization.Rbac;
using Ballast.Testing.ApiServer;
using CsCheck;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ballast.ApiServer.Tests.Authorization;

public sealed class RbacTests : IAsyncDisposable
{
    private const string Group = "rbac.authorization.k8s.io";
    private readonly CancellationTokenSource _stop = new();
    private readonly InMemoryCatalog _catalog = new();
    private readonly ServerAuthorization _authorization;
    private readonly Task _running;

    public RbacTests()
    {
        _authorization = new ServerAuthorization(["RBAC"], _catalog, TimeProvider.System, NullLoggerFactory.Instance);
        _running = _authorization.RunAsync(_stop.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    [Theory]
    [InlineData("list", "", "pods", "", "default", "", "User \"jane\" cannot list resource \"pods\" in API group \"\" in the namespace \"default\"")]
    [InlineData("get", "apps", "deployments", "scale", "", "web", "User \"jane\" cannot get resource \"deployments/scale\" in API group \"apps\" at the cluster scope")]
    public async Task Refuses_in_upstreams_words(string verb, string group, string resource, string subresource, string ns, string name, string why)
    {
        var asked = Ask(verb, resource, ns, name) with { Group = group, Subresource = subresource };
        var (decision, reason) = await _authorization.Authorizer.AuthorizeAsync(asked, TestContext.Current.CancellationToken);
        Assert.Equal(AuthorizationDecision.NoOpinion, decision);
        var prefix = name.Length == 0 ? new GroupResource(group, resource).ToString() : $"{new GroupResource(group, resource)} \"{name}\"";
        Assert.Equal($"{prefix} is forbidden: {why}", asked.ToForbidden(reason).Message);
    }

    [Fact]
    public void Refuses_a_path_in_upstreams_words() => Assert.Equal("forbidden: User \"jane\" cannot get path \"/metrics\"",
        new AuthorizationAttributes(Jane, "get") { Path = "/metrics" }.ToForbidden("").Message);

    [Fact]
    public async Task Allows_by_role_binding_only_in_its_namespace_and_says_why()
    {
        await RoleAsync("default", "reader", """{"apiGroups":[""],"resources":["pods","pods/log"],"verbs":["get","list"]}""");
        await BindAsync("default", "read-pods", "Role", "reader", """{"kind":"User","name":"jane"}""");

        Assert.Equal((AuthorizationDecision.Allow, "RBAC: allowed by RoleBinding \"read-pods/default\" of Role \"reader\" to User \"jane\""),
            await SettleAsync(Ask("list", "pods", "default"), AuthorizationDecision.Allow));
        Assert.Equal(AuthorizationDecision.Allow, (await DecideAsync(Ask("get", "pods", "default", "a") with { Subresource = "log" })).Decision);
        Assert.Equal(AuthorizationDecision.NoOpinion, (await DecideAsync(Ask("get", "pods", "default", "a") with { Subresource = "exec" })).Decision);
        Assert.Equal(AuthorizationDecision.NoOpinion, (await DecideAsync(Ask("list", "pods", "other"))).Decision);
        Assert.Equal(AuthorizationDecision.NoOpinion, (await DecideAsync(Ask("list", "pods", ""))).Decision);
    }

    [Fact]
    public async Task Resource_names_limit_to_named_objects_and_never_allow_a_list()
    {
        await RoleAsync("", "one", """{"apiGroups":[""],"resources":["secrets"],"resourceNames":["a"],"verbs":["get","list"]}""");
        await BindAsync("", "one", "ClusterRole", "one", """{"kind":"Group","name":"system:authenticated"}""");

        _ = await SettleAsync(Ask("get", "secrets", "default", "a"), AuthorizationDecision.Allow);
        Assert.Equal(AuthorizationDecision.NoOpinion, (await DecideAsync(Ask("get", "secrets", "default", "b"))).Decision);
        Assert.Equal(AuthorizationDecision.NoOpinion, (await DecideAsync(Ask("list", "secrets", "default"))).Decision);
    }

    [Fact]
    public async Task A_service_account_without_namespace_in_a_role_binding_is_of_the_bindings_namespace()
    {
        await RoleAsync("build", "reader", """{"apiGroups":["*"],"resources":["*/scale"],"verbs":["*"]}""");
        await BindAsync("build", "bots", "Role", "reader", """{"kind":"ServiceAccount","name":"bot"}""");
        var bot = UserInfo.Authenticated("system:serviceaccount:build:bot", "system:serviceaccounts");

        var (_, reason) = await SettleAsync(new AuthorizationAttributes(bot, "update")
            { IsResourceRequest = true, Group = "apps", Resource = "deployments", Subresource = "scale", Namespace = "build", Name = "web" }, AuthorizationDecision.Allow);
        Assert.Equal("RBAC: allowed by RoleBinding \"bots/build\" of Role \"reader\" to ServiceAccount \"bot/build\"", reason);
    }

    [Fact]
    public async Task A_missing_role_is_named_in_the_reason()
    {
        await BindAsync("", "broken", "ClusterRole", "gone", """{"kind":"User","name":"jane"}""");
        var (_, reason) = await SettleAsync(Ask("list", "pods", ""), AuthorizationDecision.NoOpinion, r => r.Length > 0);
        Assert.Equal("RBAC: clusterrole.rbac.authorization.k8s.io \"gone\" not found", reason);
    }

    [Theory]
    [InlineData("/apis/apps/v1", true)]
    [InlineData("/apis", false)]
    [InlineData("/healthz", true)]
    public async Task Paths_match_exactly_or_by_trailing_star(string path, bool allowed)
    {
        await RoleAsync("", "discovery", """{"nonResourceURLs":["/apis/*","/healthz"],"verbs":["get"]}""");
        await BindAsync("", "discovery", "ClusterRole", "discovery", """{"kind":"User","name":"jane"}""");
        _ = await SettleAsync(new AuthorizationAttributes(Jane, "get") { Path = "/healthz" }, AuthorizationDecision.Allow);
        Assert.Equal(allowed, (await DecideAsync(new AuthorizationAttributes(Jane, "get") { Path = path })).Decision == AuthorizationDecision.Allow);
    }

    [Fact]
    public async Task A_deleted_binding_and_a_broken_watch_are_followed()
    {
        await RoleAsync("", "all", """{"apiGroups":["*"],"resources":["*"],"verbs":["*"]}""");
        await BindAsync("", "all", "ClusterRole", "all", """{"kind":"User","name":"jane"}""");
        _ = await SettleAsync(Ask("list", "pods", ""), AuthorizationDecision.Allow);

        await _catalog["clusterrolebindings", Group].RemoveAsync("", "all");
        _ = await SettleAsync(Ask("list", "pods", ""), AuthorizationDecision.NoOpinion);

        _catalog["clusterrolebindings", Group].Memory.BreakWatches();
        await BindAsync("", "again", "ClusterRole", "all", """{"kind":"User","name":"jane"}""");
        _ = await SettleAsync(Ask("list", "pods", ""), AuthorizationDecision.Allow);
    }

    [Fact]
    public async Task Masters_need_no_rule() => Assert.Equal(AuthorizationDecision.Allow,
        (await DecideAsync(new AuthorizationAttributes(UserInfo.ApiServer, "delete") { IsResourceRequest = true, Resource = "nodes" })).Decision);

    [Fact]
    public void An_unknown_mode_is_refused() => Assert.Contains("\"Rbac\" is not a valid mode",
        Assert.Throws<ComponentBase.Commands.UsageException>(() => new ServerAuthorization(["Rbac"], _catalog, TimeProvider.System, NullLoggerFactory.Instance)).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Compiled_decisions_equal_a_naive_evaluation()
    {
        var word = Gen.OneOf("a", "b", "c");
        var orAll = Gen.OneOf("a", "b", "*");
        var resource = Gen.OneOf("a", "b", "*", "a/s", "*/s");
        var rule = Gen.Select(orAll.List[1, 2], orAll.List[1, 2], resource.List[1, 2], word.List[0, 2],
            (verbs, groups, resources, names) => new PolicyRule(verbs) { ApiGroups = groups, Resources = resources, ResourceNames = names });
        var subject = Gen.Select(Gen.OneOf("User", "Group"), word, (kind, name) => new RbacSubject(kind, name, ""));
        var binding = Gen.Select(Gen.OneOf("", "a", "b"), word, word, subject.List[0, 3], (ns, name, role, subjects) => new RoleBinding(ns, name, "ClusterRole", role, subjects));
        var world = Gen.Select(Gen.Select(word, rule.List[0, 3]).List[0, 3], binding.List[0, 4]);
        var asked = Gen.Select(word, Gen.Select(word, word, Gen.OneOf("", "s")), Gen.OneOf("", "a", "b"), Gen.OneOf("", "a", "b"), word);

        Gen.Select(world, asked.List[1, 6]).Sample((given, requests) =>
        {
            var roles = given.Item1.GroupBy(r => r.Item1).ToDictionary(r => r.Key, IReadOnlyList<PolicyRule> (r) => r.First().Item2);
            var snapshot = new RbacSnapshot(roles, given.Item2);
            var user = new UserInfo("a", ["a", "b"]);
            foreach (var (verb, (group, main, sub), ns, name, _) in requests)
            {
                var attributes = new AuthorizationAttributes(user, verb)
                    { IsResourceRequest = true, Group = group, Resource = main, Subresource = sub, Namespace = ns, Name = name };
                var naive = given.Item2
                    .Where(b => b.Namespace.Length == 0 || b.Namespace == ns)
                    .Where(b => b.Subjects.Any(s => s.Kind == "User" ? s.Name == user.Name : user.Groups.Contains(s.Name)))
                    .SelectMany(b => roles.GetValueOrDefault(b.RoleName, []))
                    .Any(r => (r.Verbs.Contains("*") || r.Verbs.Contains(verb))
                        && (r.ApiGroups.Contains("*") || r.ApiGroups.Contains(group))
                        && (r.Resources.Contains("*") || r.Resources.Contains(sub.Length == 0 ? main : $"{main}/{sub}") || (sub.Length > 0 && r.Resources.Contains($"*/{sub}")))
                        && (r.ResourceNames.Count == 0 || r.ResourceNames.Contains(name)));
                if (naive != (snapshot.Decide(attributes).Decision == AuthorizationDecision.Allow))
                    return false;
            }
            return true;
        });
    }

    private static UserInfo Jane { get; } = UserInfo.Authenticated("jane", "dev");

    private static AuthorizationAttributes Ask(string verb, string resource, string ns, string name = "") =>
        new(Jane, verb) { IsResourceRequest = true, Resource = resource, Namespace = ns, Name = name };

    private ValueTask<(AuthorizationDecision Decision, string Reason)> DecideAsync(AuthorizationAttributes asked) =>
        _authorization.Authorizer.AuthorizeAsync(asked, TestContext.Current.CancellationToken);

    // The feeds run beside the test: asks until the answer is the expected one, for at most ten seconds.
    private async Task<(AuthorizationDecision Decision, string Reason)> SettleAsync(AuthorizationAttributes asked, AuthorizationDecision expected, Func<string, bool>? reason = null)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(10));
        while (true)
        {
            var answer = await DecideAsync(asked);
            if (answer.Decision == expected && (reason?.Invoke(answer.Reason) ?? true))
                return answer;
            await Task.Delay(5, limit.Token);
        }
    }

    private Task RoleAsync(string ns, string name, string rule) => _catalog[ns.Length == 0 ? "clusterroles" : "roles", Group].AddAsync(
        $$"""{"metadata":{"name":"{{name}}"{{(ns.Length == 0 ? "" : $",\"namespace\":\"{ns}\"")}}},"rules":[{{rule}}]}""");

    private Task BindAsync(string ns, string name, string kind, string role, string subject) => _catalog[ns.Length == 0 ? "clusterrolebindings" : "rolebindings", Group].AddAsync(
        $$"""{"metadata":{"name":"{{name}}"{{(ns.Length == 0 ? "" : $",\"namespace\":\"{ns}\"")}}},"roleRef":{"apiGroup":"{{Group}}","kind":"{{kind}}","name":"{{role}}"},"subjects":[{{subject}}]}""");
}
