using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Validation;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Networking;

internal sealed class IngressStrategy : ResourceStrategy
{
    private const string ClassAnnotation = "kubernetes.io/ingress.class";

    private static readonly string[] BadSequences = ["//", "/./", "/../", "%2f", "%2F"];
    private static readonly string[] BadEnds = ["/..", "/."];

    protected override void Check(Field document)
    {
        CheckSpec(document["spec"]);
        if (document["metadata"]["annotations"][ClassAnnotation] is { IsPresent: true } older
            && document["spec"]["ingressClassName"] is { IsPresent: true } name && older.Text != name.Text)
        {
            older.At(FieldPath.Of("annotations").Child(ClassAnnotation)).Invalid("must match `ingressClassName` when both are specified");
        }
    }

    protected override void CheckUpdate(Field document, JsonObject old) => CheckSpec(document["spec"]);

    private static void CheckSpec(Field spec)
    {
        if (spec["rules"].IsEmpty && !spec["defaultBackend"].IsPresent)
            spec.Add(FieldError.Invalid(spec.Path, spec["rules"].Value, "either `defaultBackend` or `rules` must be specified"));
        if (spec["defaultBackend"].IsPresent)
            CheckBackend(spec["defaultBackend"]);
        foreach (var rule in spec["rules"].Items)
            CheckRule(rule);
        foreach (var tls in spec["tls"].Items)
        {
            foreach (var host in tls["hosts"].Items)
                host.HostOrWildcard();
            tls["secretName"].DnsSubdomain();
        }
        spec["ingressClassName"].DnsSubdomain();
    }

    private static void CheckRule(Field rule)
    {
        if (FieldFormats.IsIp(rule["host"].Text))
            rule["host"].Invalid("must be a DNS name, not an IP address");
        rule["host"].HostOrWildcard();
        if (!rule["http"].IsPresent || !rule["http"]["paths"].Required())
            return;
        foreach (var path in rule["http"]["paths"].Items)
            CheckPath(path);
    }

    private static void CheckPath(Field path)
    {
        var (type, text) = (path["pathType"], path["path"]);
        if (!type.Required("pathType must be specified"))
            return;
        type.OneOf("Exact", "ImplementationSpecific", "Prefix");
        var isLiteral = type.Text is "Exact" or "Prefix";
        if ((isLiteral || (type.Text == "ImplementationSpecific" && !text.IsEmpty)) && !text.Text.StartsWith('/'))
            text.Add(FieldError.Invalid(text.Path, text.Text, "must be an absolute path"));
        if (isLiteral)
        {
            text.Invalid(BadSequences.Where(s => text.Text.Contains(s, StringComparison.Ordinal)).Select(s => $"must not contain '{s}'"));
            text.Invalid(BadEnds.Where(e => text.Text.EndsWith(e, StringComparison.Ordinal)).Select(e => $"cannot end with '{e}'"));
        }
        CheckBackend(path["backend"]);
    }

    private static void CheckBackend(Field backend)
    {
        switch (backend["resource"].IsPresent, backend["service"].IsPresent)
        {
            case (true, true):
                backend.Add(FieldError.Invalid(backend.Path, "", "cannot set both resource and service backends"));
                break;
            case (true, false):
                TypedReferences.Check(backend["resource"]);
                break;
            case (false, true):
                CheckService(backend, backend["service"]);
                break;
            default:
                backend.Add(FieldError.Invalid(backend.Path, "", "resource or service backend is required"));
                break;
        }
    }

    private static void CheckService(Field backend, Field service)
    {
        if (service["name"].Required())
            service["name"].Dns1035Label();
        var (name, number) = (service["port"]["name"], service["port"]["number"]);
        switch (!name.IsEmpty, number.Number is not (null or 0))
        {
            case (true, true):
                backend.Add(FieldError.Invalid(backend.Path, "", "cannot set both port name & port number"));
                break;
            case (true, false):
                name.PortName();
                break;
            case (false, true):
                number.Port();
                break;
            default:
                backend.Missing("port name or number is required");
                break;
        }
    }
}

/// <summary>Where an ingress can be reached, as its controller says.</summary>
internal sealed class IngressStatusStrategy(IngressStrategy main) : StatusStrategy(main)
{
    protected override void CheckUpdate(Field document, JsonObject old)
    {
        foreach (var ingress in document["status"]["loadBalancer"]["ingress"].Items)
        {
            ingress["ip"].Ip();
            ingress["hostname"].DnsSubdomain();
            if (FieldFormats.IsIp(ingress["hostname"].Text))
                ingress["hostname"].Invalid("must be a DNS name, not an IP address");
        }
    }
}
