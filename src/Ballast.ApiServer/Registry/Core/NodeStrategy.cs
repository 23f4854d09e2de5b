using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.Validation;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Core;

internal sealed class NodeStrategy : ResourceStrategy
{
    public override void Default(JsonObject document)
    {
        if (document["status"] is JsonObject status && status["allocatable"] is null && status["capacity"] is { } capacity)
            status["allocatable"] = capacity.DeepClone();
        if (document["spec"] is not JsonObject spec)
            return;
        // The list and its first item are one field that clients of either name read.
        if (spec.Text("podCIDR") is { Length: > 0 } first && spec.Count("podCIDRs") == 0)
            spec["podCIDRs"] = new JsonArray(first);
        else if (spec.Strings("podCIDRs").FirstOrDefault() is { } cidr)
            spec.SetDefault("podCIDR", cidr);
    }

    /// <summary>A kubelet registers its node with the status it has.</summary>
    public override void PrepareForCreate(JsonObject document) { }

    protected override void Check(Field document)
    {
        CheckTaints(document["spec"]["taints"]);
        foreach (var cidr in document["spec"]["podCIDRs"].Items)
            cidr.Cidr();
    }

    protected override void CheckUpdate(Field document, JsonObject old)
    {
        Check(document);
        var spec = document["spec"];
        if (old.Count("spec", "podCIDRs") > 0 && !JsonNode.DeepEquals(spec["podCIDRs"].Value, old.Node("spec", "podCIDRs")))
            spec["podCIDRs"].Forbidden("node updates may not change podCIDR except from \"\" to valid");
        if (old.Text("spec", "providerID") is { Length: > 0 } provider && spec["providerID"].Text != provider)
            spec["providerID"].Forbidden("node updates may not change providerID except from \"\" to valid");
    }

    private static void CheckTaints(Field taints)
    {
        var seen = new HashSet<(string, string)>();
        foreach (var taint in taints.Items)
        {
            if (taint["key"].Required())
                taint["key"].QualifiedName();
            taint["value"].Invalid(NameRules.LabelValue(taint["value"].Text));
            taint["effect"].RequiredOneOf("NoSchedule", "PreferNoSchedule", "NoExecute");
            if (!seen.Add((taint["key"].Text, taint["effect"].Text)))
            {
                taint.Duplicate();
                taint.Errors[^1] = taint.Errors[^1] with { Message = taint.Errors[^1].Message + ": taints must be unique by key and effect pair" };
            }
        }
    }
}
