using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.Validation;
using Ballast.ApiServer.Registry.Tables;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Core;

/// <summary>Services. Addresses and node ports come from <see cref="ServiceAllocation"/>; here an update keeps what was given once.</summary>
internal sealed class ServiceStrategy : ResourceStrategy
{
    public ServiceStrategy()
    {
        HasStatus = true;
        ReturnsDeletedObject = true;
    }

    public override IEnumerable<string> ValidateName(string name, bool isPrefix) => NameRules.Dns1035Label(name, isPrefix);

    public override void Default(JsonObject document)
    {
        if (document["spec"] is not JsonObject spec)
            return;
        spec.SetDefault("sessionAffinity", "None");
        if (spec.Text("sessionAffinity") == "None")
            spec.Remove("sessionAffinityConfig");
        else if (spec.Text("sessionAffinity") == "ClientIP")
            spec.ObjectAt("sessionAffinityConfig").ObjectAt("clientIP").SetDefault("timeoutSeconds", 10800);
        spec.SetDefault("type", "ClusterIP");
        foreach (var port in document.Ports)
        {
            port.SetDefault("protocol", "TCP");
            if (Cells.Scalar(port["targetPort"]) is "" or "0" && port["port"] is { } number)
                port["targetPort"] = number.DeepClone();
        }
        if (document.IsExternal)
            spec.SetDefault("externalTrafficPolicy", "Cluster");
        if (document.NeedsClusterIp)
            spec.SetDefault("internalTrafficPolicy", "Cluster");
        if (document.ServiceType == "LoadBalancer")
            spec.SetDefault("allocateLoadBalancerNodePorts", true);
        ShareClusterIp(spec);
    }

    public override void PrepareForCreate(JsonObject document) => document["status"] = new JsonObject { ["loadBalancer"] = new JsonObject() };

    public override void PrepareForUpdate(JsonObject document, JsonObject old)
    {
        base.PrepareForUpdate(document, old);
        if (document["spec"] is not JsonObject spec || old.Object("spec") is not { } before)
            return;
        DropWhatTheOldTypeHad(document, old, spec, before);
        if (document.NeedsClusterIp && old.NeedsClusterIp)
        {
            foreach (var field in (ReadOnlySpan<string>)["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"])
            {
                if (spec.Count(field) == 0 && spec.Text(field).Length == 0)
                    spec.CarryOver(field, before);
            }
        }
        if (document.NeedsNodePorts && old.NeedsNodePorts)
            KeepNodePorts(document, old);
        if (document.NeedsHealthCheckPort && old.NeedsHealthCheckPort && (spec.LongAt("healthCheckNodePort") ?? 0) == 0)
            spec.CarryOver("healthCheckNodePort", before);
    }

    protected override void Check(Field document) => ServiceValidation.Check(document);

    protected override void CheckUpdate(Field document, JsonObject old)
    {
        Check(document);
        if (!document.Object!.NeedsClusterIp || !old.NeedsClusterIp || old.Text("spec", "clusterIP").Length == 0)
            return;
        var first = document["spec"]["clusterIPs"];
        if (first.IsEmpty)
            first.Add(FieldError.Invalid(first.Path.Index(0), "", "primary clusterIP can not be unset"));
        else if (document["spec"]["clusterIP"].Text != old.Text("spec", "clusterIP"))
            first.Add(FieldError.Invalid(first.Path.Index(0), first.Items.First().Value, "may not change once set"));
    }

    /// <summary>The address and the first of the addresses are one field that clients of either name write.</summary>
    private static void ShareClusterIp(JsonObject spec)
    {
        if (spec.Text("clusterIP") is { Length: > 0 } single && spec.Count("clusterIPs") == 0)
            spec["clusterIPs"] = new JsonArray(single);
        else if (spec.Text("clusterIP").Length == 0 && spec.Strings("clusterIPs").FirstOrDefault() is { } first)
            spec["clusterIP"] = first;
    }

    /// <summary>A client that changes the type alone does not mean to keep what only the old type has.</summary>
    private static void DropWhatTheOldTypeHad(JsonObject document, JsonObject old, JsonObject spec, JsonObject before)
    {
        void DropIfSame(params ReadOnlySpan<string> fields)
        {
            foreach (var field in fields)
            {
                if (JsonNode.DeepEquals(spec[field], before[field]))
                    spec.Remove(field);
            }
        }

        if (old.NeedsClusterIp && !document.NeedsClusterIp)
            DropIfSame("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy");
        if (old.NeedsNodePorts && !document.NeedsNodePorts)
        {
            var had = old.NodePorts.ToHashSet();
            foreach (var port in document.Ports.Where(p => had.Contains((int)(p.Long("nodePort") ?? 0))))
                port.Remove("nodePort");
        }
        if (old.NeedsHealthCheckPort && !document.NeedsHealthCheckPort)
            DropIfSame("healthCheckNodePort");
        if (old.IsExternal && !document.IsExternal)
            DropIfSame("externalTrafficPolicy");
        if (old.ServiceType == "LoadBalancer" && document.ServiceType != "LoadBalancer")
            DropIfSame("allocateLoadBalancerNodePorts", "loadBalancerClass");
    }

    private static void KeepNodePorts(JsonObject document, JsonObject old)
    {
        static string Key(JsonObject port) => $"{port.Text("protocol")}/{port.Long("port")}";

        var before = old.Ports.ToLookup(Key, p => p.Long("nodePort") ?? 0);
        var taken = document.NodePorts.ToHashSet();
        foreach (var port in document.Ports.Where(p => (p.Long("nodePort") ?? 0) == 0))
        {
            if (before[Key(port)].FirstOrDefault(p => p > 0) is > 0 and var had && taken.Add((int)had))
                port["nodePort"] = had;
        }
    }
}
