using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Registry;

namespace Ballast.ApiServer.Authentication.Reviews;

/// <summary>Whose token is this? Asked by kubelets and other servers about their own clients.</summary>
internal sealed class TokenReview(ITokenAuthenticator tokens, IReadOnlyList<string> apiAudiences) : ICreateSubresource
{
    public async Task<JsonObject> CreateAsync(ResourceRequest request, JsonObject body, CancellationToken cancel)
    {
        var spec = body["spec"] as JsonObject ?? [];
        if (spec.StringAt("token") is not { Length: > 0 } token)
            throw StatusException.BadRequest("token is required for TokenReview in authentication");
        string[] audiences = [.. spec.StringsAt("audiences")];
        body["status"] = await AnswerAsync(token, audiences.Length > 0 ? audiences : apiAudiences, cancel);
        return body;
    }

    private async Task<JsonObject> AnswerAsync(string token, IReadOnlyList<string> audiences, CancellationToken cancel)
    {
        try
        {
            return await tokens.AuthenticateAsync(token, audiences, cancel) is { } identity
                ? new JsonObject
                {
                    ["authenticated"] = true,
                    ["user"] = UserDocument.Of(identity.User),
                    ["audiences"] = new JsonArray([.. identity.Audiences.Select(a => (JsonNode)a)]),
                }
                : new JsonObject { ["user"] = new JsonObject() };
        }
        catch (StatusException refused) when (refused.Code == 401)
        {
            return new JsonObject { ["user"] = new JsonObject(), ["error"] = refused.Message };
        }
    }
}

/// <summary>Who am I? (<c>kubectl auth whoami</c>)</summary>
internal sealed class SelfSubjectReview : ICreateSubresource
{
    public Task<JsonObject> CreateAsync(ResourceRequest request, JsonObject body, CancellationToken cancel)
    {
        body["status"] = new JsonObject { ["userInfo"] = UserDocument.Of(request.User) };
        return Task.FromResult(body);
    }
}
