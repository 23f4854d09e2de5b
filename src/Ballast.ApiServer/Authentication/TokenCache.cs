using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Ballast.ApiMachinery.Objects;

namespace Ballast.ApiServer.Authentication;

/// <summary>
/// Remembers for some seconds what a token was found to be, so that a client's requests cost one verification and share one <see cref="UserInfo"/>. A token
/// revoked meanwhile works for at most that long.
/// </summary>
public sealed class TokenCache(ITokenAuthenticator tokens, TimeProvider time) : ITokenAuthenticator
{
    private const int MaxEntries = 4096;
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(10);

    // Keyed by hash: a dump of this process shows no tokens.
    private readonly ConcurrentDictionary<string, Entry> _entries = [];

    public async ValueTask<TokenIdentity?> AuthenticateAsync(string token, IReadOnlyList<string> audiences, CancellationToken cancel)
    {
        var key = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(token))) + string.Join('\n', audiences);
        var now = time.GetTimestamp();
        _ = _entries.TryGetValue(key, out var known);
        if (known is not null && time.GetElapsedTime(known.Since, now) < Lifetime)
            return known.Identity;
        TokenIdentity? identity;
        try
        {
            identity = await tokens.AuthenticateAsync(token, audiences, cancel);
        }
        catch (StatusException)
        {
            _ = _entries.TryRemove(key, out _);
            throw;
        }
        if (identity is null)
            return null;

        // The same token says the same of its bearer: keeping the object keeps what was decided for it.
        if (known is not null && known.Identity.User.Name == identity.User.Name && known.Identity.User.Uid == identity.User.Uid
            && known.Identity.User.Groups.SequenceEqual(identity.User.Groups))
            identity = known.Identity;
        if (_entries.Count >= MaxEntries)
            _entries.Clear();
        _entries[key] = new Entry(identity, now);
        return identity;
    }

    private sealed record Entry(TokenIdentity Identity, long Since);
}
