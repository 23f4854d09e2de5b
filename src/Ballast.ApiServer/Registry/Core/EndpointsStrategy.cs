using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Core;

/// <summary>
/// Upstream refuses loopback addresses here. They are allowed: the hosts of a cluster on one machine are loopback addresses.
/// </summary>
internal sealed class EndpointsStrategy : ResourceStrategy
{
    public override void Default(JsonObject document)
    {
        foreach (var port in document.Objects("subsets").SelectMany(s => s.Objects("ports")))
            port.SetDefault("protocol", "TCP");
    }

    protected override void Check(Field document)
    {
        foreach (var subset in document["subsets"].Items)
        {
            if (subset["addresses"].IsEmpty && subset["notReadyAddresses"].IsEmpty)
                subset.Missing("must specify `addresses` or `notReadyAddresses`");
            foreach (var address in subset["addresses"].Items.Concat(subset["notReadyAddresses"].Items))
                CheckAddress(address);
            var ports = subset["ports"];
            foreach (var port in ports.Items)
            {
                if (ports.Items.Count() > 1)
                    port["name"].Required();
                port["name"].DnsLabel();
                port["port"].Port();
                port["protocol"].RequiredOneOf("SCTP", "TCP", "UDP");
            }
        }
    }

    private static void CheckAddress(Field address)
    {
        if (!FieldFormats.IsIp(address["ip"].Text))
            address["ip"].Add(ApiMachinery.Validation.FieldError.Invalid(address["ip"].Path, address["ip"].Text, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"));
        address["hostname"].DnsLabel();
        address["nodeName"].DnsSubdomain();
    }
}
