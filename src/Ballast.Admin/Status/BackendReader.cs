using System.Globalization;
using System.Net.Http.Json;
using Ballast.Admin.Clusters;
using Ballast.Admin.LoadBalancers;

namespace Ballast.Admin.Status;

/// <summary>Where clients are sent, as the load balancer in front says it; an external one is not asked, but the one that a control plane has for itself.</summary>
internal sealed class BackendReader(ClusterSpec spec, ClusterDirectory directory)
{
    public async Task<IReadOnlyList<BackendStatus>> ReadAsync(CancellationToken cancel)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        return spec.LoadBalancer == LoadBalancerKind.Haproxy
            ? HAProxyServers(await http.GetStringAsync(new Uri(Status(spec.Front!), ";csv"), cancel), spec.ControlPlaneHosts)
            : [.. ((await http.GetFromJsonAsync<BuiltinAnswer>(new Uri(Status(spec.Front ?? Running), "status"), cancel))?.Backends ?? []).Select(b => new BackendStatus(b.Address, b.State, b.Connections))];
    }

    private ClusterHost Running => spec.ControlPlaneHosts.FirstOrDefault(h => directory.Processes(h).List().Any(p => p.Component == HostBalancer.Component)) ?? spec.ControlPlaneHosts.First();

    private static Uri Status(ClusterHost host) => new($"http://{host.Address}:{HostBalancer.StatusPort}/");

    /// <param name="csv">HAProxy's statistics, whose first line names the columns.</param>
    /// <param name="hosts">Whose names its servers have.</param>
    internal static IReadOnlyList<BackendStatus> HAProxyServers(string csv, IEnumerable<ClusterHost> hosts)
    {
        var lines = csv.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.TrimStart('#', ' ').Split(',')).ToList();
        var columns = lines.Count == 0 ? [] : lines[0];
        var (proxy, server, state, open) = (Array.IndexOf(columns, "pxname"), Array.IndexOf(columns, "svname"), Array.IndexOf(columns, "status"), Array.IndexOf(columns, "scur"));
        var rows = lines.Skip(1).Where(l => l.Length == columns.Length).ToLookup(l => (l[proxy], l[server]));
        return [.. hosts.Select(host =>
        {
            var (ready, alive) = (rows[(HAProxyConfig.Ready, host.Name)], rows[(HAProxyConfig.Alive, host.Name)]);
            return new BackendStatus($"{host.Address}:6443", IsUp(ready) ? "Ready" : IsUp(alive) ? "NotReady" : "Down",
                ready.Concat(alive).Sum(r => int.Parse(r[open], CultureInfo.InvariantCulture)));
        })];

        bool IsUp(IEnumerable<string[]> servers) => servers.Any(s => s[state].StartsWith("UP", StringComparison.Ordinal));
    }

    private sealed record BuiltinAnswer(List<BackendStatus> Backends);
}
