using Ballast.ApiServer.Authentication;

namespace Ballast.ApiServer.Authorization.Node;

/// <summary>Which node a user is: a member of <c>system:nodes</c> named <c>system:node:NAME</c>.</summary>
public static class NodeIdentity
{
    public const string Group = "system:nodes";
    private const string UserPrefix = "system:node:";

    /// <returns>Is it a node; and its name, which is empty where a member of the group does not have a node's user name.</returns>
    public static (bool IsNode, string NodeName) Of(UserInfo user) =>
        !user.Groups.Contains(Group) ? (false, "")
            : user.Name.StartsWith(UserPrefix, StringComparison.Ordinal) ? (true, user.Name[UserPrefix.Length..]) : (true, "");
}
