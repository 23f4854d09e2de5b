using Ballast.ApiMachinery.Validation;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Core;

internal static class ServiceValidation
{
    private const int KubeletPort = 10250;

    public static void Check(Field document)
    {
        var spec = document["spec"];
        var type = spec["type"].Text;
        spec["type"].RequiredOneOf("ClusterIP", "ExternalName", "LoadBalancer", "NodePort");
        var headless = spec["clusterIP"].Text == ServiceSpec.Headless;
        if (spec["ports"].IsEmpty && !headless && type != "ExternalName")
            spec["ports"].Missing();
        CheckType(spec, type, headless);
        CheckPorts(spec, type);
        spec["selector"].Labels();
        spec["sessionAffinity"].RequiredOneOf("ClientIP", "None");
        if (spec["sessionAffinityConfig"]["clientIP"]["timeoutSeconds"].Number is <= 0 or > 86400)
            spec["sessionAffinityConfig"]["clientIP"]["timeoutSeconds"].Invalid("must be greater than 0 and less than 86400");
        CheckAddresses(spec);
        CheckPolicies(document);
    }

    private static void CheckType(Field spec, string type, bool headless)
    {
        switch (type)
        {
            case "LoadBalancer" or "NodePort" when headless:
                spec["clusterIPs"].Add(FieldError.Invalid(spec["clusterIPs"].Path.Index(0), ServiceSpec.Headless, $"may not be set to 'None' for {type} services"));
                break;
            case "ExternalName":
                if (!spec["clusterIPs"].IsEmpty)
                    spec["clusterIPs"].Forbidden("may not be set when `type` is 'ExternalName'");
                if (spec["externalName"].Required())
                    spec["externalName"].Invalid(NameRules.DnsSubdomain(spec["externalName"].Text.TrimEnd('.').ToLowerInvariant()));
                break;
            default:
                break;
        }
        foreach (var port in spec["ports"].Items.Where(p => type == "LoadBalancer" && p["port"].Number == KubeletPort))
            port["port"].Invalid("may not expose port 10250 externally since it is used by kubelet");
    }

    private static void CheckPorts(Field spec, string type)
    {
        var several = spec["ports"].Items.Count() > 1;
        var (names, numbers, nodePorts) = (new HashSet<string>(), new HashSet<string>(), new HashSet<string>());
        foreach (var port in spec["ports"].Items)
        {
            if (several)
                port["name"].Required();
            port["name"].DnsLabel();
            if (!port["name"].IsEmpty && !names.Add(port["name"].Text))
                port["name"].Duplicate();
            port["port"].Port();
            if (!port["port"].IsPresent)
                port["port"].Add(FieldError.Invalid(port["port"].Path, 0, "must be between 1 and 65535, inclusive"));
            port["protocol"].RequiredOneOf("SCTP", "TCP", "UDP");
            port["targetPort"].PortOrName();
            port["appProtocol"].QualifiedName();
            if (port["port"].IsPresent && !numbers.Add($"{port["protocol"].Text}/{port["port"].Number}"))
                port.Duplicate();
            CheckNodePort(port, type, nodePorts);
        }
    }

    private static void CheckNodePort(Field port, string type, HashSet<string> taken)
    {
        if (port["nodePort"].Number is null or 0)
            return;
        if (type is "ClusterIP" or "ExternalName")
            port["nodePort"].Forbidden($"may not be used when `type` is '{type}'");
        else if (!taken.Add($"{port["protocol"].Text}/{port["nodePort"].Number}"))
            port["nodePort"].Duplicate();
    }

    private static void CheckAddresses(Field spec)
    {
        foreach (var ip in spec["clusterIPs"].Items.Where(i => i.Text != ServiceSpec.Headless))
            ip.Ip();
        if (spec["clusterIPs"].Items.FirstOrDefault() is { IsPresent: true } first && first.Text != spec["clusterIP"].Text)
            spec["clusterIPs"].Add(FieldError.Invalid(first.Path, first.Text, "first value must match `clusterIP`"));
        foreach (var ip in spec["externalIPs"].Items)
            ip.Ip();
        foreach (var range in spec["loadBalancerSourceRanges"].Items)
            range.Cidr();
        spec["loadBalancerIP"].Ip();
        spec["ipFamilyPolicy"].OneOf("PreferDualStack", "RequireDualStack", "SingleStack");
        foreach (var family in spec["ipFamilies"].Items)
            family.OneOf("IPv4", "IPv6");
    }

    private static void CheckPolicies(Field document)
    {
        var spec = document["spec"];
        var external = spec["externalTrafficPolicy"];
        if (!external.IsEmpty && !document.Object!.IsExternal)
            external.Invalid("may only be set for externally-accessible services");
        external.OneOf("Cluster", "Local");
        spec["internalTrafficPolicy"].OneOf("Cluster", "Local");
        if (spec["allocateLoadBalancerNodePorts"].IsPresent && document.Object!.ServiceType != "LoadBalancer")
            spec["allocateLoadBalancerNodePorts"].Forbidden("may only be used when `type` is 'LoadBalancer'");
        if (!spec["loadBalancerClass"].IsEmpty && document.Object!.ServiceType != "LoadBalancer")
            spec["loadBalancerClass"].Forbidden("may only be used when `type` is 'LoadBalancer'");
        spec["loadBalancerClass"].QualifiedName();
        spec["trafficDistribution"].OneOf("PreferClose", "PreferSameNode", "PreferSameZone");
    }
}
