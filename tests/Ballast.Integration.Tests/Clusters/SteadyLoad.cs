using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using k8s;

namespace Ballast.Integration.Tests.Clusters;

/// <summary>
/// Writes and reads through the load balancer while something is done to the cluster: one client that creates ConfigMaps over a lasting connection, and one that
/// opens a new connection for every read. It remembers every write that was acknowledged and every new connection that was not served.
/// </summary>
public sealed class SteadyLoad : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly KubernetesClientConfiguration _config;
    private readonly Task _writer;
    private readonly Task _reader;
    private readonly ConcurrentQueue<string> _acknowledged = [];
    private readonly ConcurrentQueue<(TimeSpan At, string Failure)> _unserved = [];
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private int _connections;

    private SteadyLoad(string kubeconfig)
    {
        _config = KubernetesClientConfiguration.BuildConfigFromConfigFile(kubeconfig);
        _writer = WriteAsync(_stop.Token);
        _reader = ReadAsync(_stop.Token);
    }

    public static SteadyLoad Start(string kubeconfig) => new(kubeconfig);

    public TimeSpan Now => _clock.Elapsed;

    /// <summary>Names of the ConfigMaps whose creation was answered with 201.</summary>
    public IReadOnlyCollection<string> Acknowledged => _acknowledged;

    public int Connections => _connections;

    public IEnumerable<string> UnservedSince(TimeSpan time) => _unserved.Where(u => u.At >= time).Select(u => $"{u.At.TotalSeconds:0.00} s: {u.Failure}");

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_writer, _reader);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }

    private async Task WriteAsync(CancellationToken cancel)
    {
        using var http = NewClient();
        for (var i = 0; !cancel.IsCancellationRequested; i++)
        {
            var name = $"load-{i:00000}";
            try
            {
                using var body = new StringContent(
                    $$$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"{{{name}}}"}}""", Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
                using var answer = await http.PostAsync(new Uri("/api/v1/namespaces/default/configmaps", UriKind.Relative), body, cancel);
                if (answer.StatusCode == HttpStatusCode.Created)
                    _acknowledged.Enqueue(name);
            }
            catch (Exception lost) when (lost is HttpRequestException or IOException or OperationCanceledException)
            {
                // Not acknowledged: it may be there or not. The next one has another name.
            }
            await PauseAsync(10, cancel);
        }
    }

    private async Task ReadAsync(CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            var begun = _clock.Elapsed;
            try
            {
                using var http = NewClient();
                using var answer = await http.GetAsync(new Uri("/api/v1/namespaces/default?resourceVersion=0", UriKind.Relative), cancel);
                if (!answer.IsSuccessStatusCode)
                    _unserved.Enqueue((begun, $"answered {(int)answer.StatusCode}"));
                Interlocked.Increment(ref _connections);
            }
            catch (Exception) when (cancel.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure) when (failure is HttpRequestException or IOException or OperationCanceledException)
            {
                _unserved.Enqueue((begun, failure.Message));
            }
            await PauseAsync(20, cancel);
        }
    }

    private HttpClient NewClient()
    {
        var handler = new SocketsHttpHandler { UseProxy = false, ConnectTimeout = TimeSpan.FromSeconds(5) };
        handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        handler.SslOptions.CertificateChainPolicy.CustomTrustStore.AddRange(_config.SslCaCerts);
        handler.SslOptions.ClientCertificates = [CertificateOf(_config)];
        return new HttpClient(handler) { BaseAddress = new Uri(_config.Host), Timeout = TimeSpan.FromSeconds(10) };
    }

    private static X509Certificate2 CertificateOf(KubernetesClientConfiguration config) =>
        X509Certificate2.CreateFromPem(
            Encoding.UTF8.GetString(Convert.FromBase64String(config.ClientCertificateData)), Encoding.UTF8.GetString(Convert.FromBase64String(config.ClientCertificateKeyData)));

    private static async Task PauseAsync(int milliseconds, CancellationToken cancel)
    {
        try
        {
            await Task.Delay(milliseconds, cancel);
        }
        catch (OperationCanceledException)
        {
            // The load is over.
        }
    }
}
