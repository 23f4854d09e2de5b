using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Authorization.Rbac;

namespace Ballast.ApiServer.Bootstrap;

public enum ReconcileResult
{
    Unchanged,
    Changed,

    /// <summary>What differs cannot be changed in place: delete and create anew.</summary>
    Recreate,
}

/// <summary>Brings an object that exists up to what this version wants, and leaves in place what people added.</summary>
public interface IReconciliation
{
    /// <param name="existing">Changed in place.</param>
    /// <param name="wanted">Shared: read only.</param>
    ReconcileResult Reconcile(JsonObject existing, JsonObject wanted);
}

/// <summary>Once made, the object belongs to the users.</summary>
internal sealed class KeepExisting : IReconciliation
{
    public ReconcileResult Reconcile(JsonObject existing, JsonObject wanted) => ReconcileResult.Unchanged;
}

/// <summary>Roles get the rules they lack; their other rules, labels and annotations stay.</summary>
internal sealed class RoleReconciliation : IReconciliation
{
    /// <summary>Set to <c>false</c>, it keeps the server from touching the object.</summary>
    public const string AutoUpdate = "rbac.authorization.kubernetes.io/autoupdate";

    public ReconcileResult Reconcile(JsonObject existing, JsonObject wanted)
    {
        if (IsProtected(existing))
            return ReconcileResult.Unchanged;
        var changed = AddMissingMetadata(existing, wanted);
        changed |= AddMissingSelectors(existing, wanted);

        // Of two aggregated roles the controller writes the rules.
        var missing = wanted["aggregationRule"] is not null && existing["aggregationRule"] is not null
            ? []
            : RuleCoverage.Missing(PolicyRule.AllOf(existing), PolicyRule.AllOf(wanted));
        if (missing.Count > 0)
        {
            if (existing["rules"] is not JsonArray rules)
                existing["rules"] = rules = [];
            foreach (var rule in missing)
                rules.Add((JsonNode)rule.ToDocument());
            changed = true;
        }
        return changed ? ReconcileResult.Changed : ReconcileResult.Unchanged;
    }

    internal static bool IsProtected(JsonObject existing) => existing.Annotations?.StringAt(AutoUpdate) == "false";

    internal static bool AddMissingMetadata(JsonObject existing, JsonObject wanted)
    {
        var changed = false;
        foreach (var field in (ReadOnlySpan<string>)["annotations", "labels"])
        {
            foreach (var (key, value) in wanted.Metadata[field]?.AsObject() ?? [])
                changed |= existing.Metadata.ObjectAt(field).SetDefault(key, value!.DeepClone());
        }
        return changed;
    }

    private static bool AddMissingSelectors(JsonObject existing, JsonObject wanted)
    {
        var changed = false;
        foreach (var selector in wanted["aggregationRule"]?["clusterRoleSelectors"] as JsonArray ?? [])
        {
            var rule = existing.ObjectAt("aggregationRule");
            if (rule["clusterRoleSelectors"] is not JsonArray held)
                rule["clusterRoleSelectors"] = held = [];
            if (held.Any(s => JsonNode.DeepEquals(s, selector)))
                continue;
            held.Add(selector!.DeepClone());
            changed = true;
        }
        return changed;
    }
}

/// <summary>Bindings get the subjects they lack; one that points at another role is made anew, because a roleRef cannot change.</summary>
internal sealed class BindingReconciliation : IReconciliation
{
    public ReconcileResult Reconcile(JsonObject existing, JsonObject wanted)
    {
        if (RoleReconciliation.IsProtected(existing))
            return ReconcileResult.Unchanged;
        if (!JsonNode.DeepEquals(existing["roleRef"], wanted["roleRef"]))
            return ReconcileResult.Recreate;
        var changed = RoleReconciliation.AddMissingMetadata(existing, wanted);
        var held = RoleBinding.From(existing).Subjects;
        foreach (var (subject, document) in RoleBinding.From(wanted).Subjects.Zip(wanted["subjects"] as JsonArray ?? []))
        {
            if (held.Contains(subject))
                continue;
            if (existing["subjects"] is not JsonArray subjects)
                existing["subjects"] = subjects = [];
            subjects.Add(document!.DeepClone());
            changed = true;
        }
        return changed ? ReconcileResult.Changed : ReconcileResult.Unchanged;
    }
}

/// <summary>Flow schemas and priority levels get this version's spec, unless someone took them over.</summary>
internal sealed class FlowControlReconciliation : IReconciliation
{
    public const string AutoUpdate = "apf.kubernetes.io/autoupdate-spec";

    public ReconcileResult Reconcile(JsonObject existing, JsonObject wanted)
    {
        var updates = DefaultFlowControl.IsMandatory(existing.Name) || existing.Annotations?.StringAt(AutoUpdate) switch
        {
            "true" => true,
            "false" => false,
            // Objects from before the annotation: nobody has edited one that is still the first generation.
            _ => existing.Generation == 1,
        };
        if (!updates)
            return ReconcileResult.Unchanged;
        var changed = existing.Metadata.ObjectAt("annotations").SetDefault(AutoUpdate, "true");
        if (!JsonNode.DeepEquals(existing["spec"], wanted["spec"]))
        {
            existing["spec"] = wanted["spec"]!.DeepClone();
            changed = true;
        }
        return changed ? ReconcileResult.Changed : ReconcileResult.Unchanged;
    }
}
