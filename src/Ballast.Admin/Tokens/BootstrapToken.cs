using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Ballast.Admin.Clusters;

namespace Ballast.Admin.Tokens;

/// <summary>
/// What a new host joins with: <c>ID.SECRET</c>. The id may be shown; the secret is for those who join alone, and <see cref="ToString"/> leaves it out so that it
/// does not end up in a log.
/// </summary>
public sealed partial record BootstrapToken(string Id, string Secret)
{
    /// <summary>The group that the join roles are bound to.</summary>
    public const string JoinGroup = "system:bootstrappers:kubeadm:default-node-token";

    public static readonly TimeSpan DefaultLifetime = TimeSpan.FromHours(24);

    private const string Alphabet = "abcdefghijklmnopqrstuvwxyz0123456789";

    public string Description { get; init; } = "";

    /// <summary>Zero for ever.</summary>
    public TimeSpan Lifetime { get; init; } = DefaultLifetime;

    /// <summary><c>signing</c> and <c>authentication</c>.</summary>
    public IReadOnlyList<string> Usages { get; init; } = ["signing", "authentication"];

    public IReadOnlyList<string> Groups { get; init; } = [JoinGroup];

    /// <summary>The whole token, to be given to whoever joins.</summary>
    public string Text => $"{Id}.{Secret}";

    public static BootstrapToken Generate() => new(RandomNumberGenerator.GetString(Alphabet, 6), RandomNumberGenerator.GetString(Alphabet, 16));

    /// <exception cref="ClusterException">It is no token; the message does not repeat it.</exception>
    public static BootstrapToken Parse(string text) => Form().Match(text) is { Success: true } match
        ? new(match.Groups["id"].Value, match.Groups["secret"].Value)
        : throw new ClusterException("the token is not of the form abcdef.0123456789abcdef: six and sixteen lower-case letters and digits", 2);

    public override string ToString() => $"bootstrap token {Id}";

    [GeneratedRegex(@"\A(?<id>[a-z0-9]{6})\.(?<secret>[a-z0-9]{16})\z", RegexOptions.ExplicitCapture)]
    private static partial Regex Form();
}
