using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Registry;

namespace Ballast.ApiServer.Authorization.Reviews;

/// <summary>What may I do in a namespace? (<c>kubectl auth can-i --list</c>)</summary>
internal sealed class SelfSubjectRulesReview(IRuleResolver rules) : ICreateSubresource
{
    public async Task<JsonObject> CreateAsync(ResourceRequest request, JsonObject body, CancellationToken cancel)
    {
        if ((body["spec"] as JsonObject)?.StringAt("namespace") is not { Length: > 0 } ns)
            throw StatusException.BadRequest("no namespace on request");
        var found = await rules.RulesForAsync(request.User, ns, cancel);
        var status = new JsonObject
        {
            ["resourceRules"] = new JsonArray([.. found.Rules.Where(r => r.Resources.Count > 0).Select(r => r.ToDocument())]),
            ["nonResourceRules"] = new JsonArray([.. found.Rules.Where(r => r.NonResourceUrls.Count > 0).Select(r => r.ToDocument())]),
            ["incomplete"] = found.Incomplete,
        };
        if (found.Errors.Count > 0)
            status["evaluationError"] = string.Join(", ", found.Errors);
        body["status"] = status;
        return body;
    }
}
