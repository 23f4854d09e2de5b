using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Authorization;
using Ballast.ApiServer.Authorization.Rbac;

namespace Ballast.ApiServer.Admission;

/// <summary>
/// Nobody grants by a role or binding what they do not hold, unless they may <c>escalate</c> or <c>bind</c> the role. Part of RBAC itself: always on,
/// and no flag turns it off.
/// </summary>
internal sealed class RbacEscalation(IAuthorizer authorizer, IRuleResolver rules, RoleRules roles) : IValidatingAdmission
{
    private const string Group = "rbac.authorization.k8s.io";

    public string Name => "RBACEscalation";

    public bool Handles(AdmissionOperation operation) => operation is AdmissionOperation.Create or AdmissionOperation.Update;

    public async ValueTask ValidateAsync(AdmissionAttributes attributes, CancellationToken cancel)
    {
        if (attributes.Definition.Group != Group || attributes.Document is not { } document || attributes.Request.User.Groups.Contains("system:masters"))
            return;
        switch (attributes.Definition.Resource)
        {
            case "roles" or "clusterroles":
                await CheckRoleAsync(attributes, document, cancel);
                break;
            case "rolebindings" or "clusterrolebindings":
                await CheckBindingAsync(attributes, document, cancel);
                break;
            default:
                break;
        }
    }

    private async Task CheckRoleAsync(AdmissionAttributes attributes, JsonObject role, CancellationToken cancel)
    {
        if (attributes.Old is { } old && JsonNode.DeepEquals(old["rules"], role["rules"]) && JsonNode.DeepEquals(old["aggregationRule"], role["aggregationRule"]))
            return;
        if (await MayAsync(attributes, "escalate", attributes.Definition.Resource, attributes.Request.Namespace, role.Name, cancel))
            return;
        IReadOnlyList<PolicyRule> granted = PolicyRule.AllOf(role);

        // An aggregation may collect any rule there is, now or later.
        if (role["aggregationRule"] is JsonObject rule && rule["clusterRoleSelectors"] is JsonArray { Count: > 0 })
            granted = [.. granted, new PolicyRule(["*"]) { ApiGroups = ["*"], Resources = ["*"] }, new PolicyRule(["*"]) { NonResourceUrls = ["*"] }];
        await CheckHeldAsync(attributes, granted, role.Name, cancel);
    }

    private async Task CheckBindingAsync(AdmissionAttributes attributes, JsonObject binding, CancellationToken cancel)
    {
        if (attributes.Old is { } old && JsonNode.DeepEquals(old["roleRef"], binding["roleRef"]) && JsonNode.DeepEquals(old["subjects"], binding["subjects"]))
            return;
        var role = binding["roleRef"] as JsonObject ?? [];
        var (kind, name) = (role.StringAt("kind") ?? "", role.StringAt("name") ?? "");
        var ns = attributes.Request.Namespace;
        var resource = kind == "Role" ? "roles" : "clusterroles";
        if (await MayAsync(attributes, "bind", resource, ns, name, cancel))
            return;
        await CheckHeldAsync(attributes, await roles.OfAsync(resource, kind == "Role" ? ns : "", name, cancel), binding.Name, cancel);
    }

    private async Task<bool> MayAsync(AdmissionAttributes attributes, string verb, string resource, string ns, string name, CancellationToken cancel)
    {
        var (decision, _) = await authorizer.AuthorizeAsync(new AuthorizationAttributes(attributes.Request.User, verb)
        {
            IsResourceRequest = true,
            Group = Group,
            Version = "*",
            Resource = resource,
            Namespace = ns,
            Name = name,
        }, cancel);
        return decision == AuthorizationDecision.Allow;
    }

    private async Task CheckHeldAsync(AdmissionAttributes attributes, IReadOnlyList<PolicyRule> granted, string name, CancellationToken cancel)
    {
        var user = attributes.Request.User;
        var held = await rules.RulesForAsync(user, attributes.Request.Namespace, cancel);
        var missing = RuleCoverage.Missing(held.Rules, granted);
        if (missing.Count == 0)
            return;
        var listed = RuleCoverage.Compact(missing).Select(r => r.ToString()).Distinct().Order(StringComparer.Ordinal);
        var message = $"user \"{user.Name}\" (groups=[{string.Join(' ', user.Groups.Select(g => $"\"{g}\""))}]) is attempting to grant RBAC permissions not currently held:\n"
            + string.Join('\n', listed);
        if (held.Errors.Count > 0)
            message += $"; resolution errors: [{string.Join(", ", held.Errors)}]";
        throw StatusException.Forbidden(attributes.Definition.GroupResource, name, message);
    }
}
