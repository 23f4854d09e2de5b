using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Networking;

internal sealed class NetworkPolicyStrategy : ResourceStrategy
{
    public override void Default(JsonObject document)
    {
        if (document["spec"] is not JsonObject spec)
            return;
        if (spec.Count("policyTypes") == 0)
            spec["policyTypes"] = spec.Count("egress") > 0 ? new JsonArray("Ingress", "Egress") : new JsonArray("Ingress");
        foreach (var port in spec.Objects("ingress").Concat(spec.Objects("egress")).SelectMany(r => r.Objects("ports")))
            port.SetDefault("protocol", "TCP");
    }

    protected override void Check(Field document)
    {
        var spec = document["spec"];
        spec["podSelector"].LabelSelector();
        foreach (var rule in spec["ingress"].Items)
            CheckRule(rule, "from");
        foreach (var rule in spec["egress"].Items)
            CheckRule(rule, "to");
        if (spec["policyTypes"].Items.Count() > 2)
        {
            spec["policyTypes"].Invalid("may not specify more than two policyTypes");
            return;
        }
        foreach (var type in spec["policyTypes"].Items)
            type.OneOf("Ingress", "Egress");
    }

    private static void CheckRule(Field rule, string peers)
    {
        foreach (var port in rule["ports"].Items)
            CheckPort(port);
        foreach (var peer in rule[peers].Items)
            CheckPeer(peer);
    }

    private static void CheckPort(Field port)
    {
        var (number, end) = (port["port"], port["endPort"]);
        port["protocol"].OneOf("TCP", "UDP", "SCTP");
        if (!number.IsPresent)
        {
            if (end.IsPresent)
                end.Invalid("may not be specified when `port` is not specified");
            return;
        }
        number.PortOrName();
        if (end.IsPresent && number.Number is null)
            end.Invalid("may not be specified when `port` is non-numeric");
        else if (end.Number < number.Number)
            end.Invalid("must be greater than or equal to `port`");
        if (number.Number is not null)
            end.Port();
    }

    private static void CheckPeer(Field peer)
    {
        var block = peer["ipBlock"];
        var bySelector = peer["podSelector"].IsPresent || peer["namespaceSelector"].IsPresent;
        peer["podSelector"].LabelSelector();
        peer["namespaceSelector"].LabelSelector();
        if (!bySelector && !block.IsPresent)
            peer.Missing("must specify a peer");
        else if (bySelector && block.IsPresent)
            peer.Forbidden("may not specify both ipBlock and another peer");
        if (!block.IsPresent)
            return;
        if (!block["cidr"].Required())
            return;
        block["cidr"].Cidr();
        foreach (var except in block["except"].Items)
        {
            except.Cidr();
            if (FieldFormats.IsCidr(except.Text) && FieldFormats.IsCidr(block["cidr"].Text) && !FieldFormats.IsStrictlyWithin(except.Text, block["cidr"].Text))
                except.Invalid("must be a strict subset of `cidr`");
        }
    }
}
