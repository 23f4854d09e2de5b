using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Ballast.Admin.Clusters;

namespace Ballast.Admin.LoadBalancers;

/// <summary>The <c>keepalived.conf</c> of one of several load balancers that share a virtual address by VRRP.</summary>
/// <param name="VirtualAddress">ADDRESS/PREFIX that clients use.</param>
/// <param name="Interface">That it is put on, and that the balancers speak over.</param>
public sealed record KeepalivedConfig(string VirtualAddress, string Interface)
{
    /// <summary>The same on all, and no other VRRP group's on this network.</summary>
    public int VirtualRouterId { get; init; } = 51;

    /// <summary>The highest that is healthy gets the address when nobody has it.</summary>
    public int Priority { get; init; } = 100;

    /// <summary>This host's address, with <see cref="Peers"/>.</summary>
    public string? Source { get; init; }

    /// <summary>The other balancers' addresses; none: they find each other by multicast.</summary>
    public IReadOnlyList<string> Peers { get; init; } = [];

    /// <summary>At most 8 characters, the same on all; null for none. It keeps out mistakes, not attackers: it is sent as it is.</summary>
    public string? Password { get; init; }

    /// <summary>ADDRESS:PORT of the status of the balancer beside it.</summary>
    public string Status { get; init; } = "127.0.0.1:8404";

    /// <exception cref="ClusterException">Names what is wrong and what would be right.</exception>
    public static KeepalivedConfig Create(string virtualAddress, string link)
    {
        if (!IsAddressWithPrefix(virtualAddress))
            throw new ClusterException($"--vip {virtualAddress} is not an address with its prefix, like 192.0.2.10/24", 2);
        return link.Length is 0 or > 15 || link.Any(c => char.IsWhiteSpace(c) || c == '/')
            ? throw new ClusterException($"--interface {link} is not the name of an interface, like eth0", 2)
            : new(virtualAddress, link);
    }

    /// <exception cref="ClusterException">Names what is wrong and what would be right.</exception>
    public void Check()
    {
        if (Priority is < 1 or > 254)
            throw new ClusterException($"--priority {Priority} is out of range: choose from 1 to 254", 2);
        if (VirtualRouterId is < 1 or > 255)
            throw new ClusterException($"--router-id {VirtualRouterId} is out of range: choose from 1 to 255", 2);
        if (Peers.Count > 0 && Source is null)
            throw new ClusterException("--peers needs --source, this host's own address among them", 2);
        if (Peers.Append(Source ?? "0.0.0.0").FirstOrDefault(a => !IPAddress.TryParse(a, out _)) is { } wrong)
            throw new ClusterException($"\"{wrong}\" among --source and --peers is not an IP address", 2);
        if (Password is { } word && (word.Length is 0 or > 8 || word.Any(c => c is '"' or '#' or '!' or <= ' ')))
            throw new ClusterException("the word in --auth-pass-file should have 1 to 8 characters, without blanks, quotes, # and !", 2);
    }

    private static bool IsAddressWithPrefix(string text) =>
        text.Split('/') is [var ip, var prefix] && IPAddress.TryParse(ip, out var address)
        && int.TryParse(prefix, NumberStyles.None, CultureInfo.InvariantCulture, out var length)
        && length > 0 && length <= (address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128);

    /// <summary>The file.</summary>
    public string Render() =>
        $$"""
        # A virtual address in front of the load balancers of Kubernetes API servers. Check it with: keepalived -t -f keepalived.conf
        global_defs {
            enable_script_security
            script_user nobody
            # Who missed the announcement hears of it again.
            vrrp_garp_master_refresh 30
        }

        # The balancer on this host answers, and has an API server to send clients to.
        vrrp_script check_load_balancer {
            script "/usr/bin/curl --fail --silent --output /dev/null --max-time 1 http://{{Status}}/readyz"
            interval 1
            timeout 2
            fall 2
            rise 2
        }

        vrrp_instance kube_apiserver {
            # Whoever has the address keeps it: a host that comes back does not take it away again.
            state BACKUP
            nopreempt
            interface {{Interface}}
            virtual_router_id {{VirtualRouterId}}
            priority {{Priority}}
            advert_int 1
        {{Authentication}}{{Unicast}}    virtual_ipaddress {
                {{VirtualAddress}} dev {{Interface}}
            }
            track_script {
                check_load_balancer
            }
        }

        """;

    private string Authentication => Password is null ? "" :
        $$"""
            authentication {
                auth_type PASS
                auth_pass {{Password}}
            }

        """;

    private string Unicast => Peers.Count == 0 ? "" :
        $$"""
            unicast_src_ip {{Source}}
            unicast_peer {
        {{string.Join('\n', Peers.Select(p => "        " + p))}}
            }

        """;
}
