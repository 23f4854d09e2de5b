namespace Ballast.ApiServer.Authentication.ServiceAccounts;

/// <summary>An object that a token names.</summary>
public sealed record BoundObject(string Name, string Uid);

/// <summary>The <c>kubernetes.io</c> claim of a token: whose it is, and what it lives and dies with.</summary>
/// <param name="Namespace">The account's.</param>
/// <param name="Account">The service account.</param>
public sealed record ServiceAccountIdentity(string Namespace, BoundObject Account)
{
    public BoundObject? Pod { get; init; }

    public BoundObject? Secret { get; init; }

    public BoundObject? Node { get; init; }

    public string Subject => $"system:serviceaccount:{Namespace}:{Account.Name}";

    /// <param name="tokenId">The token's <c>jti</c>; may be empty.</param>
    public UserInfo ToUser(string tokenId)
    {
        var extra = new Dictionary<string, IReadOnlyList<string>>();
        if (Pod is not null)
        {
            extra["authentication.kubernetes.io/pod-name"] = [Pod.Name];
            extra["authentication.kubernetes.io/pod-uid"] = [Pod.Uid];
        }
        if (Node is not null)
        {
            extra["authentication.kubernetes.io/node-name"] = [Node.Name];
            if (Node.Uid.Length > 0)
                extra["authentication.kubernetes.io/node-uid"] = [Node.Uid];
        }
        if (tokenId.Length > 0)
            extra["authentication.kubernetes.io/credential-id"] = ["JTI=" + tokenId];
        return UserInfo.Authenticated(Subject, "system:serviceaccounts", "system:serviceaccounts:" + Namespace) with { Uid = Account.Uid, Extra = extra };
    }
}
