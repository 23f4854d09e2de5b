using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.Validation;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Discovery;

/// <summary>Loopback addresses are allowed, as in Endpoints.</summary>
internal sealed class EndpointSliceStrategy : ResourceStrategy
{
    private const int MaxEndpoints = 1000;
    private const int MaxAddresses = 100;
    private const int MaxPorts = 20000;

    public override void Default(JsonObject document)
    {
        foreach (var port in document.Objects("ports"))
        {
            port.SetDefault("name", "");
            port.SetDefault("protocol", "TCP");
        }
    }

    protected override void Check(Field document)
    {
        var type = document["addressType"];
        type.RequiredOneOf("FQDN", "IPv4", "IPv6");
        document["endpoints"].MaxItems(MaxEndpoints);
        foreach (var endpoint in document["endpoints"].Items)
            CheckEndpoint(endpoint, type.Text);

        document["ports"].MaxItems(MaxPorts);
        var names = new HashSet<string>();
        foreach (var port in document["ports"].Items)
        {
            if (!names.Add(port["name"].Text))
                port["name"].Duplicate();
            port["name"].DnsLabel();
            port["protocol"].RequiredOneOf("SCTP", "TCP", "UDP");
            port["appProtocol"].QualifiedName();
        }
    }

    protected override void CheckUpdate(Field document, JsonObject old)
    {
        Check(document);
        document["addressType"].Immutable(old["addressType"]);
    }

    private static void CheckEndpoint(Field endpoint, string type)
    {
        var addresses = endpoint["addresses"];
        addresses.Required("must contain at least 1 address");
        addresses.MaxItems(MaxAddresses);
        foreach (var address in addresses.Items)
        {
            var isIp = FieldFormats.IsIp(address.Text);
            switch (type)
            {
                case "IPv4" when !isIp || address.Text.Contains(':', StringComparison.Ordinal):
                    address.Add(FieldError.Invalid(address.Path, address.Text, "must be a valid IPv4 address"));
                    break;
                case "IPv6" when !isIp || !address.Text.Contains(':', StringComparison.Ordinal):
                    address.Add(FieldError.Invalid(address.Path, address.Text, "must be a valid IPv6 address"));
                    break;
                case "FQDN":
                    address.DnsSubdomain();
                    break;
                default:
                    break;
            }
        }
        endpoint["nodeName"].DnsSubdomain();
        endpoint["hostname"].DnsLabel();
        endpoint["deprecatedTopology"].Labels();
    }
}
