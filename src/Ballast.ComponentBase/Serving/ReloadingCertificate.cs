using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;

namespace Ballast.ComponentBase.Serving;

/// <summary>
/// A certificate and key in PEM files, read again when the files change, so that a renewed one is used without a restart. A half-written or
/// mismatched pair is logged and the last good one stays in use. Safe for concurrent use; checks the files at most once in ten seconds.
/// </summary>
public sealed class ReloadingCertificate
{
    private static readonly TimeSpan CheckEvery = TimeSpan.FromSeconds(10);

    private readonly string _certificateFile;
    private readonly string _keyFile;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Lock _gate = new();
    private X509Certificate2 _current;
    private (string Certificate, string Key) _text;
    private long _checked;

    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="CryptographicException">The pair is not valid PEM, or the key does not belong to the certificate.</exception>
    public ReloadingCertificate(string certificateFile, string keyFile, TimeProvider time, ILogger log)
    {
        (_certificateFile, _keyFile, _time, _log) = (certificateFile, keyFile, time, log);
        _text = Read();
        _current = Load(_text);
        _checked = time.GetTimestamp();
        if (PrivateFile.Problem(keyFile) is { } problem)
            log.LogWarning("{Problem}", problem);
    }

    /// <summary>The certificate with its private key, as the files hold it now.</summary>
    public X509Certificate2 Current
    {
        get
        {
            lock (_gate)
            {
                if (_time.GetElapsedTime(_checked) < CheckEvery)
                    return _current;
                _checked = _time.GetTimestamp();
                try
                {
                    var text = Read();
                    if (text != _text)
                    {
                        _current = Load(text);
                        _text = text;
                        _log.LogInformation("Reloaded certificate {File}, valid until {NotAfter:u}", _certificateFile, _current.NotAfter.ToUniversalTime());
                    }
                }
                catch (Exception failure) when (failure is IOException or CryptographicException or ArgumentException or UnauthorizedAccessException)
                {
                    _log.LogWarning(failure, "Keeping the last certificate: {File} cannot be loaded", _certificateFile);
                }
                return _current;
            }
        }
    }

    // The text itself: the times of a link say nothing of the file it points to.
    private (string Certificate, string Key) Read() => (File.ReadAllText(_certificateFile), File.ReadAllText(_keyFile));

    private static X509Certificate2 Load((string Certificate, string Key) text) => X509Certificate2.CreateFromPem(text.Certificate, text.Key);
}
