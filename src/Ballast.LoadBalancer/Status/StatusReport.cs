using System.Net;
using System.Text;
using Ballast.LoadBalancer.Backends;
using Ballast.LoadBalancer.Balancing;
using Ballast.LoadBalancer.Proxy;

namespace Ballast.LoadBalancer.Status;

/// <summary>What the balancer knows and does, for people (HTML) and programs (JSON).</summary>
internal sealed class StatusReport(BackendPool pool, IBalancingPolicy policy, ProxyListener listener)
{
    public bool AnyReady => pool.Backends.Any(b => b.Health.State == BackendState.Ready);

    public LoadBalancerStatus Current => new(
        listener.Endpoint.ToString(), policy.Name, listener.Connections,
        [.. pool.Backends.OrderBy(b => b.ToString(), StringComparer.Ordinal).Select(b =>
            new BackendStatus(b.ToString(), b.Health.State.ToString(), b.Listed, b.Connections, b.Health.Since, b.Health.Reason))]);

    public string Html()
    {
        var status = Current;
        var page = new StringBuilder("""
            <!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="2"><title>Load balancer</title>
            <style>body{font:14px sans-serif;margin:2em}td,th{padding:.3em 1em;text-align:left}.Ready{color:#070}.Down{color:#b00}.NotReady{color:#a60}</style>

            """);
        page.Append("<h1>").Append(status.Address).Append("</h1><p>").Append(status.Policy).Append(", ").Append(status.Connections)
            .Append(" connections</p><table><tr><th>Server<th>State<th>Listed<th>Connections<th>Since<th>Reason");
        foreach (var backend in status.Backends)
            page.Append("<tr><td>").Append(WebUtility.HtmlEncode(backend.Address)).Append("<td class=").Append(backend.State).Append('>').Append(backend.State)
                .Append("<td>").Append(backend.Listed ? "yes" : "no").Append("<td>").Append(backend.Connections)
                .Append("<td>").Append(backend.Since.ToString("u")).Append("<td>").Append(WebUtility.HtmlEncode(backend.Reason));
        return page.Append("</table></html>").ToString();
    }
}

/// <summary>The JSON at <c>/status</c>.</summary>
public sealed record LoadBalancerStatus(string Address, string Policy, int Connections, IReadOnlyList<BackendStatus> Backends);

/// <summary>One server: <c>State</c> is Unknown, Ready, NotReady or Down; not <c>Listed</c> is off the cluster's list, being drained or in reserve.</summary>
public sealed record BackendStatus(string Address, string State, bool Listed, int Connections, DateTimeOffset Since, string? Reason);
