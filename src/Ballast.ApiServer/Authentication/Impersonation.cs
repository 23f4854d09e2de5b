using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Authorization;
using Microsoft.AspNetCore.Http;

namespace Ballast.ApiServer.Authentication;

/// <summary>Acting as someone else (<c>kubectl --as</c>): each user, group, uid and extra value asked for needs the verb <c>impersonate</c> on it.</summary>
public sealed class Impersonation(IAuthorizer authorizer)
{
    private const string UserHeader = "Impersonate-User";
    private const string GroupHeader = "Impersonate-Group";
    private const string UidHeader = "Impersonate-Uid";
    private const string ExtraPrefix = "Impersonate-Extra-";
    private const string ServiceAccountPrefix = "system:serviceaccount:";

    /// <summary>Who the request acts as: <paramref name="user"/> itself where it does not ask for someone else.</summary>
    /// <exception cref="StatusException">Forbidden; an Internal error where a name is missing.</exception>
    public async ValueTask<UserInfo> ResolveAsync(HttpContext context, UserInfo user, CancellationToken cancel)
    {
        var headers = context.Request.Headers;
        var name = headers[UserHeader].ToString();
        string[] groups = [.. headers[GroupHeader].OfType<string>()];
        var uid = headers[UidHeader].ToString();
        var extra = HeaderExtra.Read(headers, [ExtraPrefix]);
        if (name.Length == 0)
        {
            if (groups.Length > 0 || uid.Length > 0 || extra.Count > 0)
                throw StatusException.Internal($"requested [{string.Join(' ', Described(groups, uid, extra))}] without impersonating a user name");
            return user;
        }
        await CheckUserAsync(user, name, cancel);
        foreach (var group in groups)
            await CheckAsync(user, new AuthorizationAttributes(user, "impersonate") { Resource = "groups", Name = group }, cancel);
        foreach (var (key, values) in extra)
        {
            foreach (var value in values)
                await CheckAsync(user, new AuthorizationAttributes(user, "impersonate")
                    { Group = "authentication.k8s.io", Version = "v1", Resource = "userextras", Subresource = key, Name = value }, cancel);
        }
        if (uid.Length > 0)
            await CheckAsync(user, new AuthorizationAttributes(user, "impersonate") { Group = "authentication.k8s.io", Version = "v1", Resource = "uids", Name = uid }, cancel);
        return new UserInfo(name, GroupsOf(name, groups)) { Uid = uid, Extra = extra };
    }

    private Task CheckUserAsync(UserInfo user, string name, CancellationToken cancel) => CheckAsync(user,
        name.StartsWith(ServiceAccountPrefix, StringComparison.Ordinal) && name[ServiceAccountPrefix.Length..].Split(':') is [var ns, var account]
            ? new AuthorizationAttributes(user, "impersonate") { Resource = "serviceaccounts", Namespace = ns, Name = account }
            : new AuthorizationAttributes(user, "impersonate") { Resource = "users", Name = name }, cancel);

    private async Task CheckAsync(UserInfo user, AuthorizationAttributes asked, CancellationToken cancel)
    {
        asked = asked with { User = user, IsResourceRequest = true };
        var (decision, reason) = await authorizer.AuthorizeAsync(asked, cancel);
        if (decision != AuthorizationDecision.Allow)
            throw asked.ToForbidden(reason);
    }

    // A service account acts with its groups, an anonymous user with its own, and everyone else as authenticated.
    private static List<string> GroupsOf(string name, string[] asked)
    {
        List<string> groups = [.. asked];
        if (asked.Length == 0 && name.StartsWith(ServiceAccountPrefix, StringComparison.Ordinal) && name[ServiceAccountPrefix.Length..].Split(':') is [var ns, _])
            groups.AddRange(["system:serviceaccounts", "system:serviceaccounts:" + ns]);
        var mark = name == UserInfo.Anonymous.Name ? "system:unauthenticated" : "system:authenticated";
        if (!groups.Contains("system:unauthenticated") && !groups.Contains(mark))
            groups.Add(mark);
        return groups;
    }

    private static IEnumerable<string> Described(string[] groups, string uid, IReadOnlyDictionary<string, IReadOnlyList<string>> extra)
    {
        foreach (var group in groups)
            yield return $"{{Kind:Group Name:{group}}}";
        foreach (var (key, values) in extra)
        {
            foreach (var value in values)
                yield return $"{{Kind:UserExtra Name:{value} FieldPath:{key}}}";
        }
        if (uid.Length > 0)
            yield return $"{{Kind:UID Name:{uid}}}";
    }
}
