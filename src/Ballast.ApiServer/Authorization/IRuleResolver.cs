using Ballast.ApiServer.Authentication;
using Ballast.ApiServer.Authorization.Rbac;

namespace Ballast.ApiServer.Authorization;

/// <summary>An authorizer that can list what it allows someone.</summary>
public interface IRuleResolver
{
    /// <param name="user">Whoever it is about.</param>
    /// <param name="ns">Empty for the cluster scope alone.</param>
    /// <param name="cancel">Ends the wait for the first read of the rules.</param>
    ValueTask<UserRules> RulesForAsync(UserInfo user, string ns, CancellationToken cancel);
}

/// <param name="Rules">What is allowed for certain.</param>
/// <param name="Errors">Why more may be allowed.</param>
/// <param name="Incomplete">More may be allowed.</param>
public sealed record UserRules(IReadOnlyList<PolicyRule> Rules, IReadOnlyList<string> Errors, bool Incomplete)
{
    public static UserRules None { get; } = new([], [], false);
}

/// <summary>What several resolvers allow together.</summary>
internal sealed class RuleResolverChain(IReadOnlyList<IRuleResolver> resolvers) : IRuleResolver
{
    public async ValueTask<UserRules> RulesForAsync(UserInfo user, string ns, CancellationToken cancel)
    {
        var all = UserRules.None;
        foreach (var resolver in resolvers)
        {
            var some = await resolver.RulesForAsync(user, ns, cancel);
            all = new([.. all.Rules, .. some.Rules], [.. all.Errors, .. some.Errors], all.Incomplete || some.Incomplete);
        }
        return all;
    }
}
