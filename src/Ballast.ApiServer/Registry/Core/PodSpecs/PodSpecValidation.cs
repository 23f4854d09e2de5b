using Ballast.ApiMachinery.Validation;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Core;

/// <summary>What a pod spec must be, in pods and in templates alike.</summary>
internal static class PodSpecValidation
{
    public static void Check(Field spec)
    {
        VolumeValidation.Check(spec["volumes"]);
        new ContainerValidation(spec).CheckAll();
        spec["restartPolicy"].RequiredOneOf("Always", "OnFailure", "Never");
        CheckDns(spec);
        spec["terminationGracePeriodSeconds"].Required();
        CheckNode(spec);
        CheckIdentity(spec);
        SecurityContextValidation.CheckPod(spec["securityContext"]);
        AffinityValidation.Check(spec["affinity"]);
        AffinityValidation.CheckTolerations(spec["tolerations"]);
        AffinityValidation.CheckSpread(spec["topologySpreadConstraints"]);
        ResourceRequirements.Check(spec["resources"]);
        CheckNetwork(spec);
        if (spec["activeDeadlineSeconds"].Number is < 1 or > int.MaxValue)
            spec["activeDeadlineSeconds"].InRange(1, int.MaxValue);
        spec["preemptionPolicy"].OneOf("PreemptLowerPriority", "Never");
        spec["os"]["name"].OneOf("linux", "windows");
        foreach (var quantity in spec["overhead"].Entries)
            quantity.Field.NonNegativeQuantity();
        CheckGates(spec);
    }

    /// <summary>A template's metadata and spec.</summary>
    public static void CheckTemplate(Field template)
    {
        template["metadata"]["labels"].Labels();
        template["metadata"]["annotations"].Annotations();
        Check(template["spec"]);
        if (!template["spec"]["ephemeralContainers"].IsEmpty)
            template["spec"]["ephemeralContainers"].Forbidden("ephemeral containers not allowed in pod template");
    }

    private static void CheckDns(Field spec)
    {
        spec["dnsPolicy"].RequiredOneOf("ClusterFirstWithHostNet", "ClusterFirst", "Default", "None");
        var config = spec["dnsConfig"];
        if (spec["dnsPolicy"].Text == "None" && config["nameservers"].IsEmpty)
            config["nameservers"].Missing("must provide at least one DNS nameserver when `dnsPolicy` is None");
        if (config["nameservers"].Items.Count() > 3)
            config["nameservers"].Invalid("must not have more than 3 nameservers");
        foreach (var server in config["nameservers"].Items)
            server.Ip();
        if (config["searches"].Items.Count() > 32)
            config["searches"].Invalid("must not have more than 32 search paths");
        foreach (var option in config["options"].Items)
            option["name"].Required("must not be empty");
    }

    private static void CheckNode(Field spec)
    {
        spec["nodeSelector"].Labels();
        spec["nodeName"].DnsSubdomain();
        spec["runtimeClassName"].DnsSubdomain();
        spec["priorityClassName"].DnsSubdomain();
        spec["schedulerName"].QualifiedName();
    }

    private static void CheckIdentity(Field spec)
    {
        spec["serviceAccountName"].DnsSubdomain();
        spec["hostname"].DnsLabel();
        spec["subdomain"].DnsLabel();
        foreach (var secret in spec["imagePullSecrets"].Items)
        {
            if (secret["name"].IsEmpty)
                secret["name"].Missing();
        }
        if (spec["shareProcessNamespace"].IsTrue && spec["hostPID"].IsTrue)
            spec["shareProcessNamespace"].Invalid("ShareProcessNamespace and HostPID cannot both be enabled");
        if (spec["hostUsers"].IsPresent && !spec["hostUsers"].IsTrue)
        {
            foreach (var field in (ReadOnlySpan<string>)["hostNetwork", "hostPID", "hostIPC"])
            {
                if (spec[field].IsTrue)
                    spec[field].Forbidden("when `hostUsers` is false");
            }
        }
    }

    private static void CheckNetwork(Field spec)
    {
        foreach (var alias in spec["hostAliases"].Items)
        {
            alias["ip"].Ip();
            if (alias["ip"].IsEmpty)
                alias["ip"].Add(FieldError.Invalid(alias["ip"].Path, "", "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"));
            foreach (var name in alias["hostnames"].Items)
                name.DnsSubdomain();
        }
        foreach (var gate in spec["readinessGates"].Items)
            gate["conditionType"].QualifiedName();
    }

    private static void CheckGates(Field spec)
    {
        spec["schedulingGates"].UniqueItems("name");
        foreach (var gate in spec["schedulingGates"].Items)
        {
            if (gate["name"].Required())
                gate["name"].QualifiedName();
        }
        if (!spec["schedulingGates"].IsEmpty && !spec["nodeName"].IsEmpty)
            spec["nodeName"].Forbidden("cannot be set until all schedulingGates have been cleared");
    }
}
