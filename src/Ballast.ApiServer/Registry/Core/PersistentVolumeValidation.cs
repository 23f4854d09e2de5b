using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Validation;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Core;

/// <summary>A volume's spec: the volume's own, or one that an attachment carries.</summary>
internal static class PersistentVolumeValidation
{
    private static readonly string[] NotSources =
    [
        "capacity", "accessModes", "claimRef", "persistentVolumeReclaimPolicy", "storageClassName", "mountOptions", "volumeMode", "nodeAffinity", "volumeAttributesClassName",
    ];

    public static void Check(Field spec)
    {
        CheckModes(spec);
        if (spec["capacity"].Required())
            CheckCapacity(spec["capacity"]);
        spec["persistentVolumeReclaimPolicy"].OneOf("Delete", "Recycle", "Retain");
        spec["storageClassName"].DnsSubdomain();
        spec["volumeMode"].OneOf("Block", "Filesystem");
        if (spec["nodeAffinity"].IsPresent)
            CheckAffinity(spec["nodeAffinity"]);
        CheckSource(spec);
        CheckAttributesClass(spec);
    }

    /// <summary>Of a volume that is known only by where it is.</summary>
    public static void CheckInline(Field spec)
    {
        CheckModes(spec);
        foreach (var field in (ReadOnlySpan<string>)["claimRef", "capacity", "persistentVolumeReclaimPolicy", "storageClassName", "volumeMode", "volumeAttributesClassName"])
        {
            if (!spec[field].IsEmpty)
                spec[field].Forbidden("may not be specified in the context of inline volumes");
        }
        CheckSource(spec);
    }

    /// <summary>What of a spec says where the volume is.</summary>
    public static JsonObject Source(JsonObject? spec)
    {
        var copy = spec?.DeepClone().AsObject() ?? [];
        foreach (var field in NotSources)
            copy.Remove(field);
        return copy;
    }

    private static void CheckModes(Field spec)
    {
        var modes = spec["accessModes"];
        modes.Required();
        foreach (var mode in modes.Items)
        {
            if (mode.Text is not ("ReadOnlyMany" or "ReadWriteMany" or "ReadWriteOnce" or "ReadWriteOncePod"))
                mode.Add(FieldError.NotSupported(modes.Path, mode.Text, "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"));
        }
        if (modes.Items.Any(m => m.Text == "ReadWriteOncePod") && modes.Items.Count() > 1)
            modes.Forbidden("may not use ReadWriteOncePod with other access modes");
    }

    private static void CheckCapacity(Field capacity)
    {
        if (!capacity["storage"].IsPresent || capacity.Entries.Count() > 1)
            capacity.Add(FieldError.NotSupported(capacity.Path, capacity.Value, "storage"));
        foreach (var (_, quantity) in capacity.Entries)
            quantity.PositiveQuantity();
    }

    private static void CheckAffinity(Field affinity)
    {
        if (affinity["required"].IsPresent)
            AffinityValidation.CheckNodeSelector(affinity["required"]);
        else
            affinity["required"].Missing("must specify required node constraints");
    }

    private static void CheckSource(Field spec)
    {
        var sources = Source(spec.Object).Where(f => f.Value is not null).Select(f => f.Key).ToList();
        if (sources.Count == 0)
            spec.Missing("must specify a volume type");
        foreach (var extra in sources.Skip(1))
            spec[extra].Forbidden("may not specify more than 1 volume type");
        if (spec["hostPath"].IsPresent)
            spec["hostPath"]["path"].Required();
        if (spec["hostPath"]["path"].Text.Split('/').Contains(".."))
            spec["hostPath"]["path"].Invalid("must not contain '..'");
        if (spec["hostPath"]["path"].Text == "/" && spec["persistentVolumeReclaimPolicy"].Text == "Recycle")
            spec["persistentVolumeReclaimPolicy"].Forbidden("may not be 'recycle' for a hostPath mount of '/'");
        CheckRequired(spec);
    }

    private static void CheckRequired(Field spec)
    {
        if (spec["local"].IsPresent)
        {
            spec["local"]["path"].Required();
            if (!spec["nodeAffinity"].IsPresent)
                spec["nodeAffinity"].Missing("Local volume requires node affinity");
        }
        if (spec["nfs"].IsPresent)
        {
            spec["nfs"]["server"].Required();
            spec["nfs"]["path"].Required();
            if (spec["nfs"]["path"].Text is { Length: > 0 } path && path[0] != '/')
                spec["nfs"]["path"].Invalid("must be an absolute path");
        }
        if (spec["csi"].IsPresent)
        {
            spec["csi"]["driver"].DriverName();
            spec["csi"]["volumeHandle"].Required();
        }
        if (spec["iscsi"].IsPresent)
        {
            spec["iscsi"]["targetPortal"].Required();
            spec["iscsi"]["iqn"].Required();
        }
    }

    private static void CheckAttributesClass(Field spec)
    {
        var name = spec["volumeAttributesClassName"];
        if (!name.IsPresent)
            return;
        if (name.Required("an empty string is disallowed"))
            name.DnsSubdomain();
        if (!spec["csi"].IsPresent)
            spec["csi"].Missing("has to be specified when using volumeAttributesClassName");
    }
}
