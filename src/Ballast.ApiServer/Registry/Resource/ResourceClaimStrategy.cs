using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.Validation;
using Ballast.ApiServer.Registry.Core;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Resource;

internal sealed class ResourceClaimStrategy : ResourceStrategy
{
    public ResourceClaimStrategy() => ReturnsDeletedObject = true;

    public override void Default(JsonObject document) => DeviceRequests.Default(document.Object("spec"));

    protected override void Check(Field document) => DeviceRequests.Check(document["spec"]);

    protected override void CheckUpdate(Field document, JsonObject old) => document["spec"].Immutable(old["spec"]);
}

/// <summary>Which devices the claim got, and who uses them. What is allocated stays until it is given back whole.</summary>
internal sealed class ResourceClaimStatusStrategy(ResourceClaimStrategy main) : StatusStrategy(main)
{
    private const int MaxConsumers = 256;
    private const int MaxResults = 32;

    protected override void CheckUpdate(Field document, JsonObject old)
    {
        var (status, before) = (document["status"], old.Object("status"));
        CheckConsumers(status, before, document.Object!.IsBeingDeleted);
        var allocation = status["allocation"];
        if (allocation.IsPresent && before.Has("allocation"))
            allocation.Immutable(before.Node("allocation"));
        else if (allocation.IsPresent)
            CheckAllocation(allocation, DeviceRequests.Names(document["spec"].Object));
    }

    private static void CheckConsumers(Field status, JsonObject? before, bool isBeingDeleted)
    {
        var consumers = status["reservedFor"];
        consumers.MaxItems(MaxConsumers);
        foreach (var consumer in consumers.Items)
        {
            foreach (var field in (ReadOnlySpan<string>)["resource", "name", "uid"])
                consumer[field].Required();
        }
        var seen = new HashSet<string>();
        foreach (var twice in consumers.Items.Where(c => !seen.Add(c["uid"].Text)))
            twice.Add(FieldError.Duplicate(twice.Path, twice["uid"].Text));
        if (!consumers.IsEmpty && !status["allocation"].IsPresent)
            consumers.Forbidden("may not be specified when `allocated` is not set");
        else if (isBeingDeleted && seen.Except(before.Objects("reservedFor").Select(c => c.Text("uid"))).Any())
            consumers.Forbidden("new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set");
    }

    private static void CheckAllocation(Field allocation, HashSet<string> requests)
    {
        var results = allocation["devices"]["results"];
        results.MaxItems(MaxResults);
        foreach (var result in results.Items)
        {
            DeviceRequests.CheckReference(result["request"], requests);
            result["driver"].DriverName();
            result["pool"].PoolName();
            result["device"].RequiredLabel();
        }
        foreach (var config in allocation["devices"]["config"].Items)
        {
            config["source"].RequiredOneOf("FromClaim", "FromClass");
            DeviceRequests.CheckReferences(config["requests"], requests);
            config.OpaqueConfig();
        }
        if (allocation["nodeSelector"].IsPresent)
            AffinityValidation.CheckNodeSelector(allocation["nodeSelector"]);
    }
}
