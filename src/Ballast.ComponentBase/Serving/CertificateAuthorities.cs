using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Ballast.ComponentBase.Commands;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Ballast.ComponentBase.Serving;

/// <summary>
/// The CAs of a PEM bundle, which client certificates are verified against. Follows the file: a rotated CA needs no restart. A file that cannot be read, or holds no
/// certificate, is logged and the last good one stays in use. Safe for concurrent use; reads the file at most once in five seconds.
/// </summary>
public sealed class CertificateAuthorities
{
    private static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(5);
    private static readonly Oid ClientAuthentication = new("1.3.6.1.5.5.7.3.2");

    private readonly string _path;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private volatile Bundle _bundle;
    private long _lastCheck;

    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="CryptographicException">The file holds no certificate.</exception>
    public CertificateAuthorities(string path, TimeProvider time, ILogger log)
    {
        (_path, _time, _log) = (path, time, log);
        _bundle = Bundle.Parse(path, File.ReadAllText(path));
        _lastCheck = time.GetTimestamp();
    }

    /// <summary>The file that a flag names.</summary>
    /// <exception cref="UsageException">It cannot be used.</exception>
    public static CertificateAuthorities FromFlag(string flag, string path, ComponentContext context)
    {
        try
        {
            return new(path, context.Time, context.Logs.CreateLogger<CertificateAuthorities>());
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new UsageException($"--{flag}={path} cannot be used: {failure.Message}");
        }
    }

    /// <summary>Changes when the file did: what was verified before is to be verified again.</summary>
    public object Generation => Current();

    /// <summary>The CAs as the file holds them now.</summary>
    public X509Certificate2Collection Certificates => Current().Certificates;

    /// <summary>True where the connection brought a certificate that <see cref="Verify"/> has nothing against.</summary>
    public bool Trusts(HttpContext context) => context.Connection.ClientCertificate is { } certificate && Verify(certificate) is null;

    /// <summary>Null where <paramref name="certificate"/> may be used by a client and one of the CAs vouches for it; else the reason.</summary>
    public string? Verify(X509Certificate2 certificate)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(Certificates);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = _time.GetUtcNow().LocalDateTime;
        _ = chain.ChainPolicy.ApplicationPolicy.Add(ClientAuthentication);
        return chain.Build(certificate)
            ? null
            : string.Join("; ", chain.ChainStatus.Select(s => $"{s.Status}: {s.StatusInformation.TrimEnd()}"));
    }

    private Bundle Current()
    {
        var now = _time.GetTimestamp();
        var last = Interlocked.Read(ref _lastCheck);
        if (_time.GetElapsedTime(last, now) < CheckInterval || Interlocked.CompareExchange(ref _lastCheck, now, last) != last)
            return _bundle;
        try
        {
            // The text itself: the times of a link say nothing of the file it points to.
            var text = File.ReadAllText(_path);
            if (text != _bundle.Text)
            {
                _bundle = Bundle.Parse(_path, text);
                _log.LogInformation("Reloaded the client CA file {Path}", _path);
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or CryptographicException)
        {
            _log.LogError("Cannot read the client CA file {Path}, keeping the certificates read before: {Error}", _path, failure.Message);
        }
        return _bundle;
    }

    private sealed record Bundle(X509Certificate2Collection Certificates, string Text)
    {
        public static Bundle Parse(string path, string text)
        {
            var certificates = new X509Certificate2Collection();
            certificates.ImportFromPem(text);
            return certificates.Count > 0 ? new(certificates, text) : throw new CryptographicException($"{path} contains no certificate");
        }
    }
}
