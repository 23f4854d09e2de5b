using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Core;

internal sealed class PersistentVolumeStrategy : ResourceStrategy
{
    public PersistentVolumeStrategy() => ReturnsDeletedObject = true;

    public override void Default(JsonObject document)
    {
        if (document["spec"] is not JsonObject spec)
            return;
        spec.SetDefault("persistentVolumeReclaimPolicy", "Retain");
        spec.SetDefault("volumeMode", "Filesystem");
        spec.Object("hostPath")?.SetDefault("type", "");
    }

    public override void PrepareForCreate(JsonObject document) => document["status"] = new JsonObject { ["phase"] = "Pending" };

    protected override void Check(Field document) => PersistentVolumeValidation.Check(document["spec"]);

    protected override void CheckUpdate(Field document, JsonObject old)
    {
        Check(document);
        var (spec, before) = (document["spec"], old.Object("spec"));
        if (!JsonNode.DeepEquals(PersistentVolumeValidation.Source(spec.Object), PersistentVolumeValidation.Source(before)))
            spec["persistentvolumesource"].Forbidden("spec.persistentvolumesource is immutable after creation");
        spec["volumeMode"].Immutable(before.Node("volumeMode"));
        // Where it can be reached from may be said later, and then stands.
        if (before.Has("nodeAffinity"))
            spec["nodeAffinity"].Immutable(before.Node("nodeAffinity"));
        if (before.Text("volumeAttributesClassName") is { Length: > 0 } && spec["volumeAttributesClassName"].IsEmpty)
            spec["volumeAttributesClassName"].Forbidden("update from non-nil value to nil is forbidden");
    }
}
