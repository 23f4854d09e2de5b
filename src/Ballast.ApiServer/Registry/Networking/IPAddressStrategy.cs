using System.Net;
using System.Text.Json.Nodes;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Networking;

internal sealed class IPAddressStrategy : ResourceStrategy
{
    /// <summary>An address has one spelling, or it could be given out twice.</summary>
    public override IEnumerable<string> ValidateName(string name, bool isPrefix)
    {
        if (!FieldFormats.IsIp(name))
            yield return "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
        else if (IPAddress.Parse(name).ToString() is var canonical && canonical != name)
            yield return $"must be in canonical form (\"{canonical}\")";
    }

    protected override void Check(Field document)
    {
        var parent = document["spec"]["parentRef"];
        if (!parent.IsPresent)
        {
            parent.Missing();
            return;
        }
        parent["group"].DnsSubdomain();
        foreach (var field in (ReadOnlySpan<string>)["resource", "name"])
        {
            if (parent[field].Required())
                parent[field].PathSegment();
        }
        parent["namespace"].PathSegment();
    }

    protected override void CheckUpdate(Field document, JsonObject old) => document["spec"]["parentRef"].Immutable(old.Node("spec", "parentRef"));
}
