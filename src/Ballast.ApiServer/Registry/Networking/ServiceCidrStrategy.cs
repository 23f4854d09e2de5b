using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Validation;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Networking;

internal sealed class ServiceCidrStrategy : ResourceStrategy
{
    protected override void Check(Field document)
    {
        var (cidrs, count) = (document["spec"]["cidrs"], document["spec"]["cidrs"].Items.Count());
        if (!cidrs.Required("at least one CIDR required"))
            return;
        if (count > 2)
        {
            cidrs.Add(FieldError.Invalid(cidrs.Path, document["spec"].Value, "may only hold up to 2 values"));
            return;
        }
        foreach (var cidr in cidrs.Items)
            CheckCidr(cidr);
        if (count == 2 && cidrs.Items.All(c => FieldFormats.IsCidr(c.Text)) && cidrs.Items.Select(c => c.Text.Contains(':', StringComparison.Ordinal)).Distinct().Count() == 1)
            cidrs.Invalid("may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64");
    }

    /// <summary>A second family may be added; what is there stays.</summary>
    protected override void CheckUpdate(Field document, JsonObject old)
    {
        var (cidrs, before) = (document["spec"]["cidrs"], old.Strings("spec", "cidrs").ToList());
        var now = cidrs.Items.ToList();
        if (now.Count != before.Count && (before.Count, now.Count) is not (1, 2))
        {
            cidrs.Invalid("field is immutable");
            return;
        }
        foreach (var (cidr, was) in now.Zip(before).Where(p => p.First.Text != p.Second))
            cidr.Invalid("field is immutable");
        if (now.Count > before.Count)
            Check(document);
    }

    /// <summary>A network, spelled in the one way there is.</summary>
    private static void CheckCidr(Field cidr)
    {
        if (!FieldFormats.IsCidr(cidr.Text))
            cidr.Add(FieldError.Invalid(cidr.Path, cidr.Text, "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"));
        else if (FieldFormats.CanonicalCidr(cidr.Text) is var canonical && canonical != cidr.Text)
            cidr.Invalid($"must be in canonical form (\"{canonical}\")");
    }
}
