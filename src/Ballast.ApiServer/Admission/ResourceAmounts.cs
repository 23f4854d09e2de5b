using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.Quantities;

namespace Ballast.ApiServer.Admission;

/// <summary>What containers and pods ask for and are limited to.</summary>
internal static class ResourceAmounts
{
    public static Dictionary<string, Quantity> Read(JsonObject? list)
    {
        var amounts = new Dictionary<string, Quantity>();
        foreach (var (resource, _) in list ?? [])
        {
            if (Quantity.TryParse(list!.StringAt(resource), out var amount))
                amounts[resource] = amount;
        }
        return amounts;
    }

    /// <param name="owner">A container, or a claim's spec.</param>
    /// <param name="field"><c>requests</c> or <c>limits</c>.</param>
    public static Dictionary<string, Quantity> Of(JsonObject owner, string field) => Read((owner["resources"] as JsonObject)?[field] as JsonObject);

    /// <summary>All containers together; an init container runs alone, beside the sidecars started before it, so the largest of them counts.</summary>
    public static Dictionary<string, Quantity> OfPod(JsonObject spec, string field)
    {
        var total = new Dictionary<string, Quantity>();
        foreach (var container in PodReferences.Items(spec, "containers"))
            Add(total, Of(container, field));
        var sidecars = new Dictionary<string, Quantity>();
        var starting = new Dictionary<string, Quantity>();
        foreach (var container in PodReferences.Items(spec, "initContainers"))
        {
            var wanted = Of(container, field);
            if (container.StringAt("restartPolicy") == "Always")
            {
                Add(total, wanted);
                Add(sidecars, wanted);
                wanted = [];
            }
            Add(wanted, sidecars);
            RaiseTo(starting, wanted);
        }
        RaiseTo(total, starting);
        return total;
    }

    private static void Add(Dictionary<string, Quantity> total, Dictionary<string, Quantity> more)
    {
        foreach (var (resource, amount) in more)
            total[resource] = total.GetValueOrDefault(resource) + amount;
    }

    private static void RaiseTo(Dictionary<string, Quantity> total, Dictionary<string, Quantity> least)
    {
        foreach (var (resource, amount) in least)
        {
            if (!total.TryGetValue(resource, out var held) || held < amount)
                total[resource] = amount;
        }
    }
}
