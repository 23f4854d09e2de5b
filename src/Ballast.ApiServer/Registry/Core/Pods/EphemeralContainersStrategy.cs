using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Core;

/// <summary>Adds containers to a pod that runs; they are never changed or taken out again.</summary>
internal sealed class EphemeralContainersStrategy(PodStrategy main) : StatusStrategy(main)
{
    public override void PrepareForUpdate(JsonObject document, JsonObject old)
    {
        var added = document.Node("spec", "ephemeralContainers")?.DeepClone();
        base.PrepareForUpdate(document, old);
        document.CarryOver("status", old);
        if (added is not null)
            document.ObjectAt("spec")["ephemeralContainers"] = added;
    }

    protected override void CheckUpdate(Field document, JsonObject old)
    {
        new ContainerValidation(document["spec"]).CheckAll();
        var containers = document["spec"]["ephemeralContainers"];
        foreach (var before in old.Objects("spec", "ephemeralContainers"))
        {
            var name = before.Text("name");
            if (containers.Items.FirstOrDefault(c => c["name"].Text == name) is not { IsPresent: true } now)
                containers.Forbidden($"existing ephemeral containers \"{name}\" may not be removed");
            else if (!JsonNode.DeepEquals(now.Value, before))
                containers.Forbidden($"existing ephemeral containers \"{name}\" may not be changed");
        }
    }
}
