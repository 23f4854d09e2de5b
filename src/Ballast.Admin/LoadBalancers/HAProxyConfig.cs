using System.Globalization;

namespace Ballast.Admin.LoadBalancers;

/// <summary>The <c>haproxy.cfg</c> of a load balancer for API servers: TLS passes through, only servers whose <c>/readyz</c> is green get connections.</summary>
/// <param name="Bind">ADDRESS:PORT that clients connect to; <c>*:6443</c> for all addresses.</param>
/// <param name="StatusBind">ADDRESS:PORT of <c>/readyz</c>, <c>/metrics</c> and the page for people; plain HTTP.</param>
/// <param name="CertificateAuthority">The file of the cluster's CA.</param>
/// <param name="Servers">Name and HOST:PORT of each API server.</param>
public sealed record HAProxyConfig(string Bind, string StatusBind, string CertificateAuthority, IReadOnlyList<(string Name, string Address)> Servers)
{
    /// <summary>Its name for the servers that are ready.</summary>
    public const string Ready = "kube-apiservers";

    /// <summary>Its name for those that take connections.</summary>
    public const string Alive = "kube-apiservers-alive";

    /// <summary>
    /// Does Debian's service run it? Then it logs to syslog, drops root's rights and can be talked to by its socket. Else it is a daemon of a host of <c>up</c>, and tells that one's log of
    /// servers that come and go.
    /// </summary>
    public bool IsService { get; init; } = true;

    /// <summary>How long processes that were replaced may go on with the connections they have; null for as long as those last.</summary>
    public TimeSpan? HardStopAfter { get; init; }

    /// <summary>HOST:PORT with a name or an IPv4 address.</summary>
    public static bool IsServer(string text) =>
        text.LastIndexOf(':') is var colon and > 0
        && Uri.CheckHostName(text[..colon]) is (UriHostNameType.Dns or UriHostNameType.IPv4)
        && int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= 65535;

    /// <summary>The file.</summary>
    public string Render() =>
        $"""
        # A load balancer for Kubernetes API servers. Check it with: haproxy -c -f haproxy.cfg
        global
        {Process}{(HardStopAfter is { } limit ? string.Create(CultureInfo.InvariantCulture, $"\n    hard-stop-after {limit.TotalSeconds:0}s") : "")}

        defaults
            mode tcp
            log global
            option tcplog
            option dontlognull
            option redispatch 1
            retries 3
            timeout connect 2s
            timeout check 2s
            # A watch may say nothing for minutes and an exec for hours; who is dead is found otherwise (keep-alive, tcp-ut).
            timeout client 4h
            timeout server 4h
            timeout client-fin 30s
            timeout queue 10s
            option clitcpka
            option srvtcpka

        frontend kube-apiserver
            bind {Bind}
            # A server that is not ready is still better than none: without a quorum each still answers reads.
            use_backend {Alive} if {"{"} nbsrv({Ready}) eq 0 {"}"}
            default_backend {Ready}

        # Drains by itself: a server that stops turns /readyz red first, gets no new connections from then on, and ends the open ones in its own time.
        backend {Ready}
            balance leastconn
            option httpchk GET /readyz
            http-check expect status 200
            default-server inter 1s fastinter 500ms downinter 1s rise 1 fall 2 tcp-ut 10s check check-ssl verify required ca-file {CertificateAuthority} check-sni kubernetes verifyhost kubernetes
        {Lines(s => $"server {s.Name} {s.Address}")}

        # Servers that take connections at all. Who does not is dead: what was open there is closed, so that clients go elsewhere.
        backend {Alive}
            balance leastconn
            default-server inter 2s rise 1 fall 2 tcp-ut 10s check on-marked-down shutdown-sessions
        {Lines(s => $"server {s.Name} {s.Address}")}

        frontend status
            mode http
            option httplog
            option dontlog-normal
            timeout client 10s
            timeout http-request 5s
            bind {StatusBind}
            monitor-uri /readyz
            monitor fail if {"{"} nbsrv({Ready}) eq 0 {"}"} {"{"} nbsrv({Alive}) eq 0 {"}"}
            http-request use-service prometheus-exporter if {"{"} path /metrics {"}"}
            stats enable
            stats show-legends
            stats uri /

        """;

    private string Process => IsService
        ? """
            log /dev/log local0
            user haproxy
            group haproxy
            stats socket /run/haproxy/admin.sock mode 660 level admin
        """
        : """
            log stdout format raw local0 notice
        """;

    private string Lines(Func<(string Name, string Address), string> line) => string.Join('\n', Servers.Select(s => "    " + line(s)));
}
