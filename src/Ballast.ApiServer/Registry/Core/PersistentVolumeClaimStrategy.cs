using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.Quantities;
using Ballast.ApiMachinery.Validation;
using Ballast.ApiServer.Registry.Tables;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Core;

internal sealed class PersistentVolumeClaimStrategy : ResourceStrategy
{
    public PersistentVolumeClaimStrategy() => ReturnsDeletedObject = true;

    public override void Default(JsonObject document) => document.Object("spec")?.SetDefault("volumeMode", "Filesystem");

    public override void PrepareForCreate(JsonObject document) => document["status"] = new JsonObject { ["phase"] = "Pending" };

    protected override void Check(Field document) => CheckSpec(document["spec"]);

    /// <summary>A bound claim can be made larger and given another class of attributes; the binder fills in the volume. Everything else stands.</summary>
    protected override void CheckUpdate(Field document, JsonObject old)
    {
        Check(document);
        var (spec, before) = (document["spec"], old.Object("spec"));
        var isBound = old.Text("status", "phase") == "Bound";
        var (now, had) = (Fixed(spec.Object, isBound), Fixed(before, isBound));
        if (before.Text("volumeName").Length == 0)
        {
            now.CarryOver("volumeName", had);
            // A class for a claim that was made before there was a default.
            if (before.Has("storageClassName") == false)
                now.Remove("storageClassName");
        }
        if (!JsonNode.DeepEquals(now, had))
            spec.Forbidden("spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims");
        CheckSize(spec["resources"]["requests"]["storage"], old);
        spec["volumeMode"].At(FieldPath.Of("volumeMode")).Immutable(before.Node("volumeMode"));
        if (before.Has("volumeAttributesClassName") && !spec["volumeAttributesClassName"].IsPresent)
            spec["volumeAttributesClassName"].Forbidden("update from non-nil value to nil is forbidden");
    }

    /// <summary>Also of the templates that stateful sets and ephemeral volumes hold.</summary>
    public static void CheckSpec(Field spec)
    {
        var modes = spec["accessModes"];
        modes.Required("at least 1 access mode is required");
        spec["selector"].LabelSelector();
        foreach (var mode in modes.Items)
        {
            if (mode.Text is not ("ReadOnlyMany" or "ReadWriteMany" or "ReadWriteOnce" or "ReadWriteOncePod"))
                mode.Add(FieldError.NotSupported(modes.Path, mode.Text, "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"));
        }
        if (modes.Items.Any(m => m.Text == "ReadWriteOncePod") && modes.Items.Count() > 1)
            modes.Forbidden("may not use ReadWriteOncePod with other access modes");
        var storage = spec["resources"]["requests"]["storage"].At(spec["resources"].Path.Key("storage"));
        if (storage.IsPresent)
            storage.PositiveQuantity();
        else
            storage.Missing();
        spec["storageClassName"].DnsSubdomain();
        spec["volumeMode"].OneOf("Block", "Filesystem");
        spec["volumeAttributesClassName"].DnsSubdomain();
        foreach (var source in (ReadOnlySpan<string>)["dataSource", "dataSourceRef"])
        {
            if (spec[source].IsPresent)
                CheckDataSource(spec[source]);
        }
    }

    private static void CheckDataSource(Field source)
    {
        source["name"].Required();
        source["kind"].Required();
        if (source["apiGroup"].IsEmpty && source["kind"].Text != "PersistentVolumeClaim")
            source.Add(FieldError.Invalid(source.Path, source["kind"].Text, "must be 'PersistentVolumeClaim' when referencing the default apiGroup"));
        source["apiGroup"].DnsSubdomain();
        source["namespace"].DnsLabel();
    }

    /// <summary>Down to what it has already, so that a claim that asked for too much can be helped.</summary>
    private static void CheckSize(Field storage, JsonObject old)
    {
        _ = Quantity.TryParse(Cells.Scalar(old.Node("status", "capacity", "storage")), out var has);
        if (Quantity.TryParse(Cells.Scalar(storage.Value), out var asked)
            && Quantity.TryParse(Cells.Scalar(old.Node("spec", "resources", "requests", "storage")), out var had) && asked < had && asked <= has)
        {
            storage.Forbidden("field can not be less than status.capacity");
        }
    }

    private static JsonObject Fixed(JsonObject? spec, bool isBound)
    {
        var copy = spec?.DeepClone().AsObject() ?? [];
        copy.Remove("volumeAttributesClassName");
        if (isBound)
            copy.Object("resources", "requests")?.Remove("storage");
        return copy;
    }
}

/// <summary>What the binder and the resizer write of a claim.</summary>
internal sealed class PersistentVolumeClaimStatusStrategy(PersistentVolumeClaimStrategy main) : StatusStrategy(main)
{
    protected override void CheckUpdate(Field document, JsonObject old)
    {
        foreach (var amounts in (ReadOnlySpan<string>)["capacity", "allocatedResources"])
        {
            foreach (var (_, quantity) in document["status"][amounts].Entries)
                quantity.NonNegativeQuantity();
        }
    }
}
