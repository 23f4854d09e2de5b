using System.Net;

namespace Ballast.Admin.Pki;

/// <summary>A certificate to be made.</summary>
/// <param name="CommonName">The user, for a client.</param>
public sealed record CertificateSpec(string CommonName)
{
    /// <summary>The groups, for a client.</summary>
    public IReadOnlyList<string> Organizations { get; init; } = [];

    public IReadOnlyList<string> DnsNames { get; init; } = [];

    public IReadOnlyList<IPAddress> Addresses { get; init; } = [];

    public bool Server { get; init; }

    public bool Client { get; init; }
}
