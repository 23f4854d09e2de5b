using System.Security.Cryptography.X509Certificates;

namespace Ballast.Client;

/// <summary>
/// Sends new requests over new connections once the kubeconfig's client certificate has changed: a server judges a connection by the certificate that it began with.
/// What is under way, a watch above all, ends where it is; the connections left behind are closed when they have been idle for a minute.
/// </summary>
internal sealed class CertificateRotationHandler(KubeconfigFile file, Func<X509Certificate2?, HttpMessageHandler> connect, TimeProvider time) : HttpMessageHandler
{
    private static readonly TimeSpan CheckEvery = TimeSpan.FromSeconds(1);

    private readonly List<Connections> _made = []; // guarded by itself; all but the last are left behind
    private long _checked;

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        Current().Invoker.SendAsync(request, cancellationToken);

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        lock (_made)
            _made.ForEach(m => m.Invoker.Dispose());
    }

    private Connections Current()
    {
        lock (_made)
        {
            if (_made.Count > 0 && time.GetElapsedTime(_checked) < CheckEvery)
                return _made[^1];
            _checked = time.GetTimestamp();
        }
        var certificate = file.Current.ClientCertificate;
        lock (_made)
        {
            if (_made.Count == 0 || !ReferenceEquals(_made[^1].Certificate, certificate))
                _made.Add(new(certificate, new HttpMessageInvoker(connect(certificate))));
            return _made[^1];
        }
    }

    private sealed record Connections(X509Certificate2? Certificate, HttpMessageInvoker Invoker);
}
