namespace Ballast.ApiServer.Authentication;

/// <summary>Who a request comes from (<c>authentication.k8s.io/v1</c> UserInfo). Immutable; shared by all requests of a connection.</summary>
public sealed record UserInfo(string Name, IReadOnlyList<string> Groups)
{
    private static readonly IReadOnlyDictionary<string, IReadOnlyList<string>> NoExtra = new Dictionary<string, IReadOnlyList<string>>();

    public string Uid { get; init; } = "";

    public IReadOnlyDictionary<string, IReadOnlyList<string>> Extra { get; init; } = NoExtra;

    /// <summary>The server itself.</summary>
    public static UserInfo ApiServer { get; } = new("system:apiserver", ["system:masters", "system:authenticated"]);

    public static UserInfo Anonymous { get; } = new("system:anonymous", ["system:unauthenticated"]);

    /// <summary>Someone whose credential was verified: gets the group that all of them have.</summary>
    public static UserInfo Authenticated(string name, params IEnumerable<string> groups) => new(name, [.. groups.Append("system:authenticated").Distinct()]);

    public bool IsAnonymous => ReferenceEquals(this, Anonymous);
}

/// <summary>One way to know who asks. Authenticators are asked in order; the first that knows decides.</summary>
public interface IAuthenticator
{
    /// <summary>Null where this request carries no credential of this kind.</summary>
    /// <exception cref="ApiMachinery.Objects.StatusException">Unauthorized: it carries one, and the credential is not valid.</exception>
    ValueTask<UserInfo?> AuthenticateAsync(Microsoft.AspNetCore.Http.HttpContext context, CancellationToken cancel);
}
