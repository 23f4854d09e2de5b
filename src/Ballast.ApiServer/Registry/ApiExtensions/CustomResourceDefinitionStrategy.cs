using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.Validation;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.ApiExtensions;

internal sealed class CustomResourceDefinitionStrategy(TimeProvider time) : ResourceStrategy
{
    private const string ApprovalAnnotation = "api-approved.kubernetes.io";

    public override void Default(JsonObject document)
    {
        if (document["spec"] is not JsonObject spec)
            return;
        var names = spec.ObjectAt("names");
        if (names.Text("singular").Length == 0 && names.Text("kind") is { Length: > 0 } kind)
            names["singular"] = kind.ToLowerInvariant();
        if (names.Text("listKind").Length == 0 && names.Text("kind") is { Length: > 0 } item)
            names["listKind"] = item + "List";
        spec.ObjectAt("conversion").SetDefault("strategy", "None");
    }

    /// <summary>What was ever stored must be known, to read it again.</summary>
    public override void PrepareForCreate(JsonObject document) => document["status"] = new JsonObject
    {
        ["conditions"] = new JsonArray(),
        ["acceptedNames"] = new JsonObject { ["plural"] = "", ["kind"] = "" },
        ["storedVersions"] = new JsonArray([.. StorageVersions(document).Select(v => (JsonNode)v)]),
    };

    public override void PrepareForUpdate(JsonObject document, JsonObject old)
    {
        base.PrepareForUpdate(document, old);
        var stored = document.Strings("status", "storedVersions").ToList();
        var added = StorageVersions(document).Except(stored).ToList();
        if (added.Count > 0)
            document.ObjectAt("status")["storedVersions"] = new JsonArray([.. stored.Concat(added).Select(v => (JsonNode)v)]);
    }

    /// <summary>The first request to delete only marks it: the instances go first.</summary>
    public override bool HoldsBackDeletion(JsonObject document) => !document.IsBeingDeleted;

    public override void PrepareForDelete(JsonObject document)
    {
        if (!document.Finalizers.Contains(CustomResourceConditions.CleanupFinalizer))
            document.Metadata["finalizers"] = new JsonArray([.. document.Finalizers.Append(CustomResourceConditions.CleanupFinalizer).Select(f => (JsonNode)f)]);
        CustomResourceConditions.Set(document, "Terminating", "True", "InstanceDeletionPending",
            "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon", time.GetUtcNow());
    }

    protected override void Check(Field document)
    {
        var spec = document["spec"];
        var (group, names) = (spec["group"], spec["names"]);
        CheckGroup(document, group);
        var name = document["metadata"]["name"];
        if (name.Text != $"{names["plural"].Text}.{group.Text}")
            name.Invalid("must be spec.names.plural+\".\"+spec.group");
        spec["scope"].RequiredOneOf("Cluster", "Namespaced");
        if (spec["preserveUnknownFields"].IsTrue)
            spec["preserveUnknownFields"].Invalid("cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead");
        CheckNames(names);
        CustomResourceVersionChecks.Check(spec["versions"]);
        CheckConversion(spec["conversion"]);
    }

    /// <summary>What was wrong before, and is the same still, passes: rules have become stricter over time, and what was stored under older ones lives on.</summary>
    protected override void CheckUpdate(Field document, JsonObject old)
    {
        document.Errors.AddRange(Validate(document.Object!).Except(Validate(old)));
        var spec = document["spec"];
        if (old.Condition("Established").Text("status") == "True")
        {
            spec["scope"].Immutable(old.Node("spec", "scope"));
            spec["names"]["kind"].Immutable(old.Node("spec", "names", "kind"));
        }
        spec["group"].Immutable(old.Node("spec", "group"));
        spec["names"]["plural"].Immutable(old.Node("spec", "names", "plural"));
        var known = document.Object.Objects("spec", "versions").Select(v => v.Text("name")).ToHashSet();
        foreach (var stored in document["status"]["storedVersions"].Items.Where(s => !known.Contains(s.Text)))
        {
            stored.Invalid(
                $"missing from spec.versions; {stored.Text} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data "
                + $"remains persisted in {stored.Text} and removes {stored.Text} from status.storedVersions");
        }
    }

    private static IEnumerable<string> StorageVersions(JsonObject document) =>
        document.Objects("spec", "versions").Where(v => v.Bool("storage") == true).Select(v => v.Text("name"));

    private static void CheckGroup(Field document, Field group)
    {
        if (!group.Required())
            return;
        if (NameRules.DnsSubdomain(group.Text).ToList() is { Count: > 0 } problems)
            group.Invalid(string.Join(',', problems));
        else if (!group.Text.Contains('.', StringComparison.Ordinal))
            group.Invalid("should be a domain with at least one dot");
        var isProtected = group.Text is "k8s.io" or "kubernetes.io"
            || group.Text.EndsWith(".k8s.io", StringComparison.Ordinal) || group.Text.EndsWith(".kubernetes.io", StringComparison.Ordinal);
        var approval = document["metadata"]["annotations"][ApprovalAnnotation];
        if (isProtected && approval.IsEmpty)
        {
            approval.At(FieldPath.Of("metadata").Child("annotations").Key(ApprovalAnnotation)).Missing(
                $"protected groups must have approval annotation \"{ApprovalAnnotation}\", see https://github.com/kubernetes/enhancements/pull/1111");
        }
    }

    private static void CheckNames(Field names)
    {
        foreach (var field in (ReadOnlySpan<string>)["plural", "singular", "kind", "listKind"])
        {
            if (!names[field].Required())
                continue;
            var mixedCase = field is "kind" or "listKind";
            var problems = string.Join(',', NameRules.Dns1035Label(mixedCase ? names[field].Text.ToLowerInvariant() : names[field].Text));
            if (problems.Length > 0)
                names[field].Invalid(mixedCase ? $"may have mixed case, but should otherwise match: {problems}" : problems);
        }
        foreach (var name in names["shortNames"].Items.Concat(names["categories"].Items))
            name.Dns1035Label();
        if (names["kind"].Text.Length > 0 && names["kind"].Text == names["listKind"].Text)
            names["listKind"].Invalid("kind and listKind may not be the same");
    }

    private static void CheckConversion(Field conversion)
    {
        conversion["strategy"].RequiredOneOf("None", "Webhook");
        if (conversion["strategy"].Text == "Webhook")
            conversion["strategy"].Forbidden("conversion webhooks are not supported by this server yet");
        else if (conversion["webhook"].IsPresent)
            conversion["webhook"].Forbidden("should not be set when strategy is not set to Webhook");
    }
}
