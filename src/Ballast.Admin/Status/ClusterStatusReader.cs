using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Ballast.Admin.Clusters;
using Ballast.Admin.EtcdQuorum;
using Ballast.Admin.Files;
using Ballast.Admin.LoadBalancers;
using Ballast.Admin.Restore;
using Ballast.Client;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace Ballast.Admin.Status;

/// <summary>
/// Looks at every part of a cluster at once and says what it sees. A part that does not answer is a sentence among the problems, never a failure of the
/// whole: the status is asked for when something is broken.
/// </summary>
public sealed class ClusterStatusReader(ClusterDirectory directory, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(8);

    public async Task<ClusterStatus> ReadAsync(CancellationToken cancel)
    {
        var spec = directory.Load();
        using var limit = new CancellationTokenSource(Patience, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancel, limit.Token);
        var problems = new List<string>();
        var nodes = AskAsync("the API", token => NodesAsync(spec, token), new Dictionary<string, string>(), problems, linked.Token);
        var leases = AskAsync("the leader leases", token => LeasesAsync(spec, token), null, problems, linked.Token);
        var etcd = EtcdAsync(spec, linked.Token);
        var backends = AskAsync("the load balancer", token => new BackendReader(spec, directory).ReadAsync(token), [], problems, linked.Token);
        var endpoint = spec.Front is null ? EndpointAsync(spec, linked.Token) : Task.FromResult<string?>(null);
        var hosts = Hosts(spec, await nodes);
        var members = await etcd;
        var status = new ClusterStatus(spec.Name, spec.Topology.ToString().ToLowerInvariant(), spec.Endpoint, directory.AdminKubeconfig(spec))
        {
            LoadBalancer = spec.LoadBalancer.ToString().ToLowerInvariant(),
            Hosts = hosts,
            Leaders = await leases is { } held ? LeaderStatus.Of(held, hosts) : [],
            Etcd = members,
            Backends = await backends,
            Certificates = [.. spec.Hosts.SelectMany(Certificates).OrderBy(c => c.NotAfter)],
        };
        if (await endpoint is { } silent)
            problems.Add(silent);
        return status with { Budget = FailureBudget.Of(status), Problems = [.. problems, .. Judge(spec, status)] };
    }

    private IEnumerable<string> Judge(ClusterSpec spec, ClusterStatus status)
    {
        if (RestoreJournals.Of(directory) is { Unfinished: { } unfinished } journals)
            yield return $"{journals.MustBeFinished(unfinished).Message}: {journals.MustBeFinished(unfinished).Hint}";
        foreach (var host in status.Hosts.Where(h => h.State != "running"))
            yield return $"{host.Name} is {host.State}";
        foreach (var host in status.Hosts.Where(h => h.State == "running"))
        {
            foreach (var component in host.Components.Where(c => c.State == "paused"))
                yield return $"{component.Name}@{host.Name} is paused";
            if (host.Role != "etcd" && host.Components.All(c => c.Name != HostBalancer.Component))
                yield return $"{HostBalancer.Component}@{host.Name} does not run";
        }
        var healthy = status.Etcd.Count(m => m.Healthy);
        var quorum = status.Etcd.Count / 2 + 1;
        if (healthy < quorum)
            yield return $"etcd has no quorum: {healthy} of {status.Etcd.Count} members answer, {quorum} are needed; writes are refused until then";
        else if (healthy < status.Etcd.Count)
            yield return $"etcd: {healthy} of {status.Etcd.Count} members answer; {healthy - quorum} more may fail";
        foreach (var member in status.Etcd.Where(m => !m.Healthy))
            yield return $"etcd@{member.Name}: {member.Error}";
        foreach (var leader in status.Leaders.Where(l => l.Holder.Length == 0))
            yield return $"nobody holds the lease {leader.Lease}";
        foreach (var certificate in status.Certificates.Where(c => c.NotAfter < time.GetUtcNow().AddDays(30)))
            yield return $"{certificate.Name} on {certificate.Host} ends on {certificate.NotAfter:u}";
        foreach (var sentence in spec.Hosts.SelectMany(h => OpenKeys.On(directory.Paths(h))))
            yield return sentence;
    }

    private List<HostStatus> Hosts(ClusterSpec spec, Dictionary<string, string> nodes) =>
        [.. spec.Hosts.AsParallel().AsOrdered().Select(host =>
        {
            var processes = directory.Processes(host).List();
            var components = processes.Where(p => ClusterHosts.Components.Contains(p.Component)).ToArray();
            var state = processes.Count == 0 ? "stopped" : processes.All(p => p.Paused) ? "paused" : "running";
            return new HostStatus(host.Name, RoleName(host.Role), host.Address, host.Zone, state, nodes.GetValueOrDefault(host.Name, ""))
            {
                Components = [.. components.OrderBy(c => c.Component, StringComparer.Ordinal)
                    .Select(c => new ComponentStatus(c.Component, c.Id, c.Paused ? "paused" : "running", c.MemoryBytes()))],
            };
        })];

    private static string RoleName(HostRole role) => role switch
    {
        HostRole.ControlPlane => "control-plane",
        HostRole.LoadBalancer => "load-balancer",
        HostRole.Etcd => "etcd",
        _ => "worker",
    };

    private ApiClient Client(ClusterSpec spec) => ClientFactory.Create(directory.OperatorKubeconfig(spec), "ballast");

    private async Task<Dictionary<string, string>> NodesAsync(ClusterSpec spec, CancellationToken cancel)
    {
        using var client = Client(spec);
        var nodes = await client.CoreV1.ListNodeAsync(cancellationToken: cancel);
        return nodes.Items.ToDictionary(n => n.Metadata.Name, n => n.Readiness);
    }

    private async Task<IList<V1Lease>?> LeasesAsync(ClusterSpec spec, CancellationToken cancel)
    {
        using var client = Client(spec);
        var leases = await client.CoordinationV1.ListNamespacedLeaseAsync("kube-system", cancellationToken: cancel);
        return leases.Items;
    }

    private async Task<EtcdMemberStatus[]> EtcdAsync(ClusterSpec spec, CancellationToken cancel)
    {
        using var client = ClusterEtcd.Connect(spec, directory, time);
        return await Task.WhenAll(spec.EtcdHosts.Select(host => EtcdMemberStatus.AskAsync(client, host.Name, new Uri($"https://{host.Address}:2379"), cancel)));
    }

    /// <summary>An external load balancer is somebody else's, but clients of this cluster depend on it. Null where it leads to an API server.</summary>
    private async Task<string?> EndpointAsync(ClusterSpec spec, CancellationToken cancel)
    {
        using var readiness = new ClusterReadiness(spec, directory, time);
        return await readiness.EndpointAnswersAsync(cancel) ? null : $"the endpoint {spec.Endpoint} does not lead to an API server: {string.Join(", ", spec.ApiServers)}";
    }

    private List<CertificateStatus> Certificates(ClusterHost host)
    {
        var paths = directory.Paths(host);
        var pki = paths.Pki("");
        var found = new List<CertificateStatus>();
        if (Directory.Exists(pki))
        {
            foreach (var file in Directory.EnumerateFiles(pki, "*.crt", SearchOption.AllDirectories))
                Add(Path.ChangeExtension(Path.GetRelativePath(pki, file), null), () => X509CertificateLoader.LoadCertificateFromFile(file));
        }
        foreach (var file in Directory.Exists(paths.Kubernetes) ? Directory.EnumerateFiles(paths.Kubernetes, "*.conf") : [])
        {
            Add(Path.GetFileName(file), () =>
            {
                var config = KubernetesClientConfiguration.LoadKubeConfig(new FileInfo(file));
                return X509Certificate2.CreateFromPem(System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(config.Users.Single().UserCredentials.ClientCertificateData)));
            });
        }
        return found;

        void Add(string name, Func<X509Certificate2> load)
        {
            try
            {
                using var certificate = load();
                found.Add(new(host.Name, name, certificate.NotAfter.ToUniversalTime()));
            }
            catch (Exception unreadable) when (unreadable is IOException or CryptographicException or FormatException or InvalidOperationException)
            {
                // An unreadable certificate has ended, as far as anyone who needs it can tell.
                found.Add(new(host.Name, name, DateTimeOffset.MinValue));
            }
        }
    }

    private static async Task<T> AskAsync<T>(string whom, Func<CancellationToken, Task<T>> ask, T otherwise, List<string> problems, CancellationToken cancel)
    {
        try
        {
            return await ask(cancel);
        }
        catch (Exception silent) when (silent is HttpRequestException or HttpOperationException or IOException or OperationCanceledException or System.Text.Json.JsonException)
        {
            lock (problems)
                problems.Add(silent is OperationCanceledException ? $"{whom} did not answer within {Patience.TotalSeconds:0} s" : $"{whom} cannot be asked: {silent.Message}");
            return otherwise;
        }
    }
}
