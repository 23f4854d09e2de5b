using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Ballast.Admin.LoadBalancers;
using Ballast.Client;
using k8s;
using k8s.Autorest;

namespace Ballast.Admin.Clusters;

/// <summary>Waits until the parts of a cluster are ready. Each wait returns a few words on what it found; <see cref="Waiting"/> names what is missing yet.</summary>
public sealed class ClusterReadiness : IDisposable
{
    private static readonly TimeSpan PollEvery = TimeSpan.FromMilliseconds(200);

    private readonly TimeProvider _time;
    private readonly HttpClient _http;
    private readonly Lazy<ApiClient> _client;

    public ClusterReadiness(ClusterSpec spec, ClusterDirectory directory, TimeProvider time)
    {
        (Spec, _time) = (spec, time);
        _http = TrustingClient(directory.Paths(spec.ControlPlaneHosts.First()).Pki("ca.crt"));
        _client = new(() => ClientFactory.Create(directory.OperatorKubeconfig(spec), "ballast"));
    }

    /// <summary>The hosts that are waited for.</summary>
    public ClusterSpec Spec { get; set; }

    /// <summary>What the current wait is for, as one clause.</summary>
    public string Waiting { get; private set; } = "nothing was waited for yet";

    /// <summary>Every API server and the load balancer in front answer /readyz, and those that the control planes have for themselves take connections.</summary>
    public async Task<string> ApiServersAsync(CancellationToken cancel)
    {
        List<(string Name, Func<Task<bool>> IsReady)> waiting =
        [
            .. Spec.ControlPlaneHosts.Select(h => ($"kube-apiserver@{h.Name}", AskOf(h))),
            .. Spec.Front is { } front ? new[] { (front.Name, AskOf(front)) } : [],
            .. Spec.ControlPlaneHosts.Select(h => ($"{HostBalancer.Component}@{h.Name}", (Func<Task<bool>>)(() => Task.FromResult(!SubnetClaims.IsFree(h.IPAddress, HostBalancer.Port))))),
        ];
        Func<Task<bool>> AskOf(ClusterHost host) => () => IsReadyAsync(_http, host.Address, cancel);
        while (true)
        {
            var ready = await Task.WhenAll(waiting.Select(part => part.IsReady()));
            waiting = [.. waiting.Where((_, i) => !ready[i])];
            if (waiting.Count == 0)
                return $"{Spec.ControlPlanes} behind {Spec.Endpoint}";
            Waiting = $"not ready yet: {string.Join(", ", waiting.Select(p => p.Name))}";
            await Task.Delay(PollEvery, _time, cancel);
        }
    }

    /// <summary>The endpoint leads to an API server now.</summary>
    public Task<bool> EndpointAnswersAsync(CancellationToken cancel) => IsReadyAsync(_http, new Uri($"{Spec.Endpoint}/readyz"), cancel);

    /// <summary>Every host that is a node is registered and Ready.</summary>
    public async Task<string> NodesAsync(CancellationToken cancel)
    {
        var wanted = Spec.Hosts.Where(h => h.Role is HostRole.ControlPlane or HostRole.Worker).Select(h => h.Name).ToArray();
        await PollAsync(async () =>
        {
            var nodes = await _client.Value.CoreV1.ListNodeAsync(cancellationToken: cancel);
            var ready = nodes.Items.Where(n => n.IsReady).Select(n => n.Metadata.Name).ToHashSet();
            return string.Join(", ", wanted.Where(n => !ready.Contains(n)).Select(n => $"node {n} is not Ready"));
        }, cancel);
        return $"{wanted.Length} Ready";
    }

    /// <summary>Every static pod of every control plane is Ready.</summary>
    public async Task<string> ControlPlanePodsAsync(CancellationToken cancel)
    {
        string[] components = Spec.Topology == Topology.Stacked
            ? ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"]
            : ["kube-apiserver", "kube-controller-manager", "kube-scheduler"];
        var wanted = Spec.ControlPlaneHosts.SelectMany(h => components.Select(c => $"{c}-{h.Name}")).ToArray();
        await PollAsync(async () =>
        {
            var pods = await _client.Value.CoreV1.ListNamespacedPodAsync("kube-system", labelSelector: "tier=control-plane", cancellationToken: cancel);
            var ready = pods.Items.Where(p => p.IsReady).Select(p => p.Metadata.Name).ToHashSet();
            return string.Join(", ", wanted.Where(n => !ready.Contains(n)).Select(n => $"pod {n} is not Ready"));
        }, cancel);
        return $"{wanted.Length} Ready";
    }

    public void Dispose()
    {
        _http.Dispose();
        if (_client.IsValueCreated)
            _client.Value.Dispose();
    }

    /// <summary>A client that trusts the cluster's CA and nothing else, and gives up on a server that hangs.</summary>
    internal static HttpClient TrustingClient(string caFile)
    {
        var roots = new X509Certificate2Collection();
        roots.ImportFromPemFile(caFile);
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            PooledConnectionLifetime = TimeSpan.Zero,
            SslOptions = new SslClientAuthenticationOptions
            {
                CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck },
            },
        };
        handler.SslOptions.CertificateChainPolicy.CustomTrustStore.AddRange(roots);
        return new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(2) };
    }

    /// <summary>The API server at an address answers /readyz.</summary>
    internal static Task<bool> IsReadyAsync(HttpClient http, string address, CancellationToken cancel) => IsReadyAsync(http, new Uri($"https://{address}:6443/readyz"), cancel);

    private static async Task<bool> IsReadyAsync(HttpClient http, Uri readyz, CancellationToken cancel)
    {
        try
        {
            using var answer = await http.GetAsync(readyz, cancel);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
        catch (TaskCanceledException) when (!cancel.IsCancellationRequested)
        {
            return false;
        }
    }

    private async Task PollAsync(Func<Task<string>> missing, CancellationToken cancel)
    {
        while (true)
        {
            try
            {
                Waiting = await missing();
            }
            catch (Exception failure) when (failure is HttpRequestException or HttpOperationException or IOException)
            {
                Waiting = $"the API does not answer ({failure.Message})";
            }
            if (Waiting.Length == 0)
                return;
            await Task.Delay(PollEvery, _time, cancel);
        }
    }
}
