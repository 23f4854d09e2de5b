using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.Validation;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Core;

internal sealed class NamespaceStrategy : ResourceStrategy
{
    private const string NameLabel = "kubernetes.io/metadata.name";
    private const string Finalizer = "kubernetes";

    public override IEnumerable<string> ValidateName(string name, bool isPrefix) => NameRules.DnsLabel(name, isPrefix);

    /// <summary>Selectors find a namespace by its name.</summary>
    public override void Default(JsonObject document)
    {
        if (document.Name.Length > 0)
            document.Metadata.ObjectAt("labels")[NameLabel] = document.Name;
    }

    public override void PrepareForCreate(JsonObject document)
    {
        document["status"] = new JsonObject { ["phase"] = "Active" };
        Default(document); // the name may have been generated since
        var spec = document.ObjectAt("spec");
        if (spec["finalizers"] is not JsonArray finalizers)
            spec["finalizers"] = finalizers = [];
        if (!spec.StringsAt("finalizers").Contains(Finalizer))
            finalizers.Add((JsonNode)Finalizer);
    }

    public override void PrepareForUpdate(JsonObject document, JsonObject old)
    {
        base.PrepareForUpdate(document, old);
        document.CarryOver("spec", old); // only finalize changes it
    }

    public override void PrepareForDelete(JsonObject document) => document.ObjectAt("status")["phase"] = "Terminating";

    /// <summary>Its content goes first; the namespace controller says when through <c>finalize</c>.</summary>
    public override bool HoldsBackDeletion(JsonObject document) => document.Count("spec", "finalizers") > 0;

    protected override void Check(Field document)
    {
        foreach (var finalizer in document["spec"]["finalizers"].Items)
            finalizer.QualifiedName();
    }
}

/// <summary>Phase and deletion go together.</summary>
internal sealed class NamespaceStatusStrategy(NamespaceStrategy main) : StatusStrategy(main)
{
    protected override void CheckUpdate(Field document, JsonObject old)
    {
        var phase = document["status"]["phase"].At(FieldPath.Of("status.Phase"));
        if (!old.IsBeingDeleted && phase.Text != "Active")
            phase.Invalid("may only be 'Active' if `deletionTimestamp` is empty");
        else if (old.IsBeingDeleted && phase.Text != "Terminating")
            phase.Invalid("may only be 'Terminating' if `deletionTimestamp` is not empty");
    }
}

/// <summary>Takes finalizers out of the spec: the one way to change it.</summary>
internal sealed class NamespaceFinalizeStrategy(NamespaceStrategy main) : ResourceStrategy
{
    public override void PrepareForUpdate(JsonObject document, JsonObject old) => document.CarryOver("status", old);

    public override bool HoldsBackDeletion(JsonObject document) => main.HoldsBackDeletion(document);

    protected override void CheckUpdate(Field document, JsonObject old)
    {
        foreach (var finalizer in document["spec"]["finalizers"].Items)
            finalizer.QualifiedName();
    }
}
