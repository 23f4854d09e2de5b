using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Admission;
using Ballast.ApiServer.Authentication;
using Ballast.ApiServer.Authorization;
using Ballast.ApiServer.Authorization.Reviews;
using Ballast.ApiServer.Registry;
using Ballast.Testing.ApiServer;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ballast.ApiServer.Tests.Authorization;

public sealed class EscalationAndReviewTests : IAsyncLifetime
{
    private const string Group = "rbac.authorization.k8s.io";
    private static readonly UserInfo Jane = UserInfo.Authenticated("jane");
    private readonly CancellationTokenSource _stop = new();
    private readonly InMemoryCatalog _catalog = new();
    private ServerAuthorization _authorization = null!;
    private Task _running = Task.CompletedTask;

    public async ValueTask InitializeAsync()
    {
        await GiveAsync("jane", "reader", """{"apiGroups":[""],"resources":["pods"],"verbs":["get","list"]}""");
        await GiveAsync("binder", "binder", """{"apiGroups":["rbac.authorization.k8s.io"],"resources":["clusterroles"],"resourceNames":["powerful"],"verbs":["bind","escalate"]}""");
        await GiveAsync("boss", "boss", """{"apiGroups":[""],"resources":["users","groups","serviceaccounts"],"verbs":["impersonate"]}""");
        _ = await _catalog["clusterroles", Group].AddAsync("""{"metadata":{"name":"powerful"},"rules":[{"apiGroups":["apps"],"resources":["deployments"],"verbs":["create","delete"]}]}""");
        _authorization = new ServerAuthorization(["RBAC"], _catalog, TimeProvider.System, NullLoggerFactory.Instance);
        _running = _authorization.RunAsync(_stop.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    [Fact]
    public async Task A_role_may_grant_what_its_writer_holds() =>
        await WriteAsync(Jane, "clusterroles", """{"metadata":{"name":"r"},"rules":[{"apiGroups":[""],"resources":["pods"],"resourceNames":["a"],"verbs":["get"]}]}""");

    [Fact]
    public async Task A_role_that_grants_more_is_refused_in_upstreams_words()
    {
        var refusal = await Assert.ThrowsAsync<StatusException>(() => WriteAsync(Jane, "clusterroles",
            """{"metadata":{"name":"r"},"rules":[{"apiGroups":["","apps"],"resources":["pods"],"verbs":["get","watch"]},{"nonResourceURLs":["/metrics"],"verbs":["get"]}]}"""));
        Assert.Equal(
            "clusterroles.rbac.authorization.k8s.io \"r\" is forbidden: user \"jane\" (groups=[\"system:authenticated\"]) is attempting to grant RBAC permissions not currently held:\n"
            + "{APIGroups:[\"\"], Resources:[\"pods\"], Verbs:[\"watch\"]}\n"
            + "{APIGroups:[\"apps\"], Resources:[\"pods\"], Verbs:[\"get\" \"watch\"]}\n"
            + "{NonResourceURLs:[\"/metrics\"], Verbs:[\"get\"]}", refusal.Message);
    }

    [Theory]
    [InlineData("jane", "reader", true)]
    [InlineData("jane", "powerful", false)]
    [InlineData("binder", "powerful", true)]
    public async Task A_binding_needs_its_roles_rules_or_the_right_to_bind(string user, string role, bool allowed)
    {
        var binding = $$"""{"metadata":{"name":"b"},"roleRef":{"apiGroup":"{{Group}}","kind":"ClusterRole","name":"{{role}}"},"subjects":[]}""";
        if (allowed)
            await WriteAsync(UserInfo.Authenticated(user), "clusterrolebindings", binding);
        else
            Assert.Contains("is attempting to grant RBAC permissions not currently held",
                (await Assert.ThrowsAsync<StatusException>(() => WriteAsync(UserInfo.Authenticated(user), "clusterrolebindings", binding))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Masters_and_the_right_to_escalate_grant_anything()
    {
        const string Role = """{"metadata":{"name":"powerful"},"rules":[{"apiGroups":["*"],"resources":["*"],"verbs":["*"]}]}""";
        await WriteAsync(UserInfo.ApiServer, "clusterroles", Role);
        await WriteAsync(UserInfo.Authenticated("binder"), "clusterroles", Role);
    }

    [Fact]
    public async Task Access_reviews_answer_for_oneself_and_for_others()
    {
        var self = await ReviewAsync("selfsubjectaccessreviews", """{"spec":{"resourceAttributes":{"verb":"get","resource":"pods","namespace":"a"}}}""");
        Assert.Equal("""{"allowed":true,"reason":"RBAC: allowed by ClusterRoleBinding \u0022jane\u0022 of ClusterRole \u0022reader\u0022 to User \u0022jane\u0022"}""", self["status"]!.ToJsonString());
        var other = await ReviewAsync("subjectaccessreviews", """{"spec":{"user":"joe","resourceAttributes":{"verb":"get","resource":"pods","namespace":"a"}}}""");
        Assert.Equal("""{"allowed":false}""", other["status"]!.ToJsonString());
        var rules = await ReviewAsync("selfsubjectrulesreviews", """{"spec":{"namespace":"a"}}""");
        Assert.Equal("""{"resourceRules":[{"apiGroups":[""],"resources":["pods"],"verbs":["get","list"]}],"nonResourceRules":[],"incomplete":false}""", rules["status"]!.ToJsonString());
    }

    [Theory]
    [InlineData("subjectaccessreviews", """{"spec":{"resourceAttributes":{"verb":"get"}}}""",
        "SubjectAccessReview.authorization.k8s.io \"\" is invalid: spec.user: Invalid value: \"\": at least one of user or group must be specified")]
    [InlineData("selfsubjectaccessreviews", """{"spec":{}}""",
        "SelfSubjectAccessReview.authorization.k8s.io \"\" is invalid: spec.resourceAttributes: Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified")]
    [InlineData("localsubjectaccessreviews", """{"spec":{"user":"a","resourceAttributes":{"verb":"get","namespace":"b"}}}""",
        "spec.resourceAttributes.namespace must match namespace: a")]
    [InlineData("selfsubjectrulesreviews", """{"spec":{}}""", "no namespace on request")]
    public async Task A_wrong_review_is_refused(string resource, string body, string message) =>
        Assert.Equal(message, (await Assert.ThrowsAsync<StatusException>(() => ReviewAsync(resource, body))).Message);

    [Fact]
    public async Task Impersonation_needs_the_right_and_brings_the_groups()
    {
        var boss = UserInfo.Authenticated("boss");
        var account = await ActAsync(boss, ("Impersonate-User", "system:serviceaccount:a:robot"));
        Assert.Equal(["system:serviceaccounts", "system:serviceaccounts:a", "system:authenticated"], account.Groups);
        var user = await ActAsync(boss, ("Impersonate-User", "joe"), ("Impersonate-Group", "dev"));
        Assert.Equal(("joe", "dev,system:authenticated"), (user.Name, string.Join(',', user.Groups)));
        Assert.Same(boss, await ActAsync(boss));

        Assert.Equal("users \"joe\" is forbidden: User \"jane\" cannot impersonate resource \"users\" in API group \"\" at the cluster scope",
            (await Assert.ThrowsAsync<StatusException>(() => ActAsync(Jane, ("Impersonate-User", "joe")))).Message);
        Assert.Equal("userextras.authentication.k8s.io \"view\" is forbidden: User \"boss\" cannot impersonate resource \"userextras/scopes\" in API group \"authentication.k8s.io\" at the cluster scope",
            (await Assert.ThrowsAsync<StatusException>(() => ActAsync(boss, ("Impersonate-User", "joe"), ("Impersonate-Extra-Scopes", "view")))).Message);
        Assert.Equal(500, (await Assert.ThrowsAsync<StatusException>(() => ActAsync(boss, ("Impersonate-Group", "dev")))).Code);
    }

    private async Task<UserInfo> ActAsync(UserInfo user, params (string Name, string Value)[] headers)
    {
        var context = new DefaultHttpContext();
        foreach (var (name, value) in headers)
            context.Request.Headers[name] = value;
        return await new Impersonation(_authorization.Authorizer).ResolveAsync(context, user, TestContext.Current.CancellationToken);
    }

    private Task<JsonObject> ReviewAsync(string resource, string body) =>
        ((ICreateSubresource)AuthorizationHandlers.Create(_authorization)[resource + ".authorization.k8s.io"]).CreateAsync(
            new ResourceRequest(Jane, resource.StartsWith("local", StringComparison.Ordinal) ? "a" : "", ""), JsonNode.Parse(body)!.AsObject(), TestContext.Current.CancellationToken);

    private async Task WriteAsync(UserInfo user, string resource, string json)
    {
        var plugin = AdmissionPlugins.Create([], [], _catalog, _authorization, TimeProvider.System).OfType<IValidatingAdmission>().Single(p => p.Name == "RBACEscalation");
        await plugin.ValidateAsync(new AdmissionAttributes(AdmissionOperation.Create, _catalog[resource, Group].Definition, new ResourceRequest(user, "", ""),
            JsonNode.Parse(json)!.AsObject(), null), TestContext.Current.CancellationToken);
    }

    private async Task GiveAsync(string user, string role, string rule)
    {
        _ = await _catalog["clusterroles", Group].AddAsync($$"""{"metadata":{"name":"{{role}}"},"rules":[{{rule}}]}""");
        _ = await _catalog["clusterrolebindings", Group].AddAsync(
            $$"""{"metadata":{"name":"{{user}}"},"roleRef":{"apiGroup":"{{Group}}","kind":"ClusterRole","name":"{{role}}"},"subjects":[{"kind":"User","name":"{{user}}"}]}""");
    }
}
