using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Scheduling;

internal sealed class PriorityClassStrategy : ResourceStrategy
{
    private const long HighestOfUsers = 1_000_000_000;
    private const string SystemPrefix = "system-";

    private static readonly Dictionary<string, long> SystemClasses = new()
    {
        ["system-node-critical"] = 2_000_001_000,
        ["system-cluster-critical"] = 2_000_000_000,
    };

    public override void Default(JsonObject document)
    {
        document.SetDefault("preemptionPolicy", "PreemptLowerPriority");
        document.SetDefault("value", 0);
    }

    protected override void Check(Field document)
    {
        var name = document["metadata"]["name"];
        var value = document["value"];
        if (name.Text.StartsWith(SystemPrefix, StringComparison.Ordinal))
        {
            if (SystemProblem(name.Text, value.Number ?? 0, document["globalDefault"].IsTrue) is { } problem)
                name.Forbidden($"priority class names with '{SystemPrefix}' prefix are reserved for system use only. error: {problem}");
        }
        else if (value.Number > HighestOfUsers)
        {
            value.Forbidden($"maximum allowed value of a user defined priority is {HighestOfUsers}");
        }
        document["preemptionPolicy"].OneOf("PreemptLowerPriority", "Never");
    }

    protected override void CheckUpdate(Field document, JsonObject old)
    {
        if (document["value"].Number != old.LongAt("value"))
            document["value"].Forbidden("may not be changed in an update.");
        document["preemptionPolicy"].Immutable(old["preemptionPolicy"]);
    }

    private static string? SystemProblem(string name, long value, bool globalDefault)
    {
        if (!SystemClasses.TryGetValue(name, out var known))
            return $"{name} is not a known system priority class";
        if (value != known)
            return $"value of {name} PriorityClass must be {known}";
        return globalDefault ? $"globalDefault of {name} PriorityClass must be false" : null;
    }
}
