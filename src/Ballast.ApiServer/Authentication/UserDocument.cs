using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;

namespace Ballast.ApiServer.Authentication;

/// <summary>A user as reviews show it (<c>authentication.k8s.io/v1</c> UserInfo).</summary>
internal static class UserDocument
{
    public static JsonObject Of(UserInfo user)
    {
        var document = new JsonObject { ["username"] = user.Name };
        if (user.Uid.Length > 0)
            document["uid"] = user.Uid;
        document["groups"] = List(user.Groups);
        if (user.Extra.Count > 0)
            document["extra"] = new JsonObject(user.Extra.Select(e => new KeyValuePair<string, JsonNode?>(e.Key, List(e.Value))));
        return document;
    }

    public static IReadOnlyDictionary<string, IReadOnlyList<string>> ReadExtra(JsonObject? extra) =>
        (extra ?? []).ToDictionary(e => e.Key, IReadOnlyList<string> (e) => [.. extra!.StringsAt(e.Key)]);

    private static JsonArray List(IReadOnlyList<string> values) => [.. values.Select(v => (JsonNode)v)];
}
