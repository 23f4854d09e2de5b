using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Ballast.Etcd;

/// <summary>The TLS side of new connections; takes up renewed files by itself. A pair that does not fit or cannot be read leaves the last good one in use.</summary>
internal sealed class EtcdTransportSecurity(EtcdTls tls)
{
    private readonly Lock _gate = new();
    private X509Certificate2? _client;
    private (string Certificate, string Key) _text;

    public SslClientAuthenticationOptions ClientOptions() => new()
    {
        LocalCertificateSelectionCallback = (_, _, _, _, _) => ClientCertificate(),
        RemoteCertificateValidationCallback = (_, certificate, _, errors) => IsTrusted(certificate, errors),
    };

    private X509Certificate2 ClientCertificate()
    {
        lock (_gate)
        {
            try
            {
                // The text itself: the times of a link say nothing of the file it points to. Connections are few.
                var text = (File.ReadAllText(tls.CertFile), File.ReadAllText(tls.KeyFile));
                if (_client is null || text != _text)
                    (_client, _text) = (X509Certificate2.CreateFromPem(text.Item1, text.Item2), text);
            }
            catch (Exception failure) when (_client is not null && failure is (IOException or UnauthorizedAccessException or CryptographicException or ArgumentException))
            {
                // Both files are being replaced; the next connection looks again. One that stays wrong shows in handshakes that etcd refuses.
            }
            return _client!;
        }
    }

    private bool IsTrusted(X509Certificate? certificate, SslPolicyErrors errors)
    {
        if (certificate is null || (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) != 0)
            return false;
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.ImportFromPemFile(tls.CaFile);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid("1.3.6.1.5.5.7.3.1")); // server authentication
        return chain.Build(new X509Certificate2(certificate));
    }
}
