using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.Validation;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.ApiRegistration;

internal sealed class ApiServiceStrategy : ResourceStrategy
{
    /// <summary>The core group's is <c>v1.</c>, which is no DNS name.</summary>
    public override IEnumerable<string> ValidateName(string name, bool isPrefix) => NameRules.PathSegment(name, isPrefix);

    public override void Default(JsonObject document) => document.Object("spec", "service")?.SetDefault("port", 443);

    /// <summary>What this server serves itself is available as long as anybody can ask.</summary>
    public override void PrepareForCreate(JsonObject document)
    {
        document["status"] = new JsonObject();
        if (document.Has("spec", "service"))
            return;
        document["status"] = new JsonObject
        {
            ["conditions"] = new JsonArray(new JsonObject
            {
                ["type"] = "Available",
                ["status"] = "True",
                ["lastTransitionTime"] = document.Text("metadata", "creationTimestamp"),
                ["reason"] = "Local",
                ["message"] = "Local APIServices are always available",
            }),
        };
    }

    protected override void Check(Field document)
    {
        var spec = document["spec"];
        if (document["metadata"]["name"].Text is { Length: > 0 } name && name != $"{spec["version"].Text}.{spec["group"].Text}")
        {
            document["metadata"]["name"].Invalid("must be `spec.version+\".\"+spec.group`: \"" + $"{spec["version"].Text}.{spec["group"].Text}" + "\"");
        }
        if (spec["group"].IsEmpty && spec["version"].Text != "v1")
            spec["group"].Missing("only v1 may have an empty group and it better be legacy kube");
        spec["group"].DnsSubdomain();
        foreach (var problem in NameRules.Dns1035Label(spec["version"].Text))
            spec["version"].Add(FieldError.Invalid(spec["version"].Path, spec["version"].Text, problem));
        if ((spec["groupPriorityMinimum"].Number ?? 0) is <= 0 or > 20000)
            spec["groupPriorityMinimum"].Add(FieldError.Invalid(spec["groupPriorityMinimum"].Path, spec["groupPriorityMinimum"].Number ?? 0, "must be positive and less than 20000"));
        if ((spec["versionPriority"].Number ?? 0) is <= 0 or > 1000)
            spec["versionPriority"].Add(FieldError.Invalid(spec["versionPriority"].Path, spec["versionPriority"].Number ?? 0, "must be positive and less than 1000"));
        CheckService(spec);
    }

    private static void CheckService(Field spec)
    {
        if (!spec["service"].IsPresent)
        {
            if (!spec["caBundle"].IsEmpty)
                spec["caBundle"].Add(FieldError.Invalid(spec["caBundle"].Path, $"{Convert.FromBase64String(spec["caBundle"].Text).Length} bytes", "local APIServices may not have a caBundle"));
            if (spec["insecureSkipTLSVerify"].IsTrue)
                spec["insecureSkipTLSVerify"].Invalid("local APIServices may not have insecureSkipTLSVerify");
            return;
        }
        spec["service"]["namespace"].Required();
        spec["service"]["name"].Required();
        if (spec["service"]["port"].Number is < 1 or > 65535)
            spec["service"]["port"].Invalid("port is not valid: must be between 1 and 65535, inclusive");
        if (spec["insecureSkipTLSVerify"].IsTrue && !spec["caBundle"].IsEmpty)
            spec["insecureSkipTLSVerify"].Invalid("may not be true if caBundle is present");
    }
}
