using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.Validation;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Storage;

internal sealed class CsiDriverStrategy : ResourceStrategy
{
    private const int MaxNameLength = 63;

    public CsiDriverStrategy() => ReturnsDeletedObject = true;

    public override void Default(JsonObject document)
    {
        if (document["spec"] is not JsonObject spec)
            return;
        spec.SetDefault("attachRequired", true);
        spec.SetDefault("podInfoOnMount", false);
        spec.SetDefault("storageCapacity", false);
        spec.SetDefault("fsGroupPolicy", "ReadWriteOnceWithFSType");
        spec.SetDefault("volumeLifecycleModes", new JsonArray("Persistent"));
        spec.SetDefault("requiresRepublish", false);
        spec.SetDefault("seLinuxMount", false);
    }

    protected override void Check(Field document)
    {
        document["metadata"]["name"].At(FieldPath.Of("name")).MaxLength(MaxNameLength);
        var spec = document["spec"];
        spec["fsGroupPolicy"].OneOf("File", "None", "ReadWriteOnceWithFSType");
        foreach (var mode in spec["volumeLifecycleModes"].Items.Where(m => m.Text is not ("Persistent" or "Ephemeral")))
            mode.Add(FieldError.NotSupported(spec["volumeLifecycleModes"].Path, mode.Text, "Persistent", "Ephemeral"));
        CheckTokens(spec["tokenRequests"]);
        if (spec["nodeAllocatableUpdatePeriodSeconds"].Number < 10)
            spec["nodeAllocatableUpdatePeriodSeconds"].Invalid("must be greater than or equal to 10 seconds");
    }

    protected override void CheckUpdate(Field document, JsonObject old)
    {
        Check(document);
        foreach (var field in (ReadOnlySpan<string>)["attachRequired", "volumeLifecycleModes"])
            document["spec"][field].Immutable(old.Node("spec", field));
    }

    private static void CheckTokens(Field requests)
    {
        var audiences = new HashSet<string>();
        foreach (var request in requests.Items)
        {
            if (!audiences.Add(request["audience"].Text))
                request["audience"].Add(FieldError.Duplicate(request["audience"].Path, request["audience"].Text));
            var seconds = request["expirationSeconds"];
            if (seconds.Number < 10 * 60)
                seconds.Invalid("may not specify a duration less than 10 minutes");
            if (seconds.Number > 1L << 32)
                seconds.Invalid("may not specify a duration larger than 2^32 seconds");
        }
    }
}
