using System.Text.Json.Nodes;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Core;

/// <summary>Changes what a running pod's containers may use, and nothing else.</summary>
internal sealed class PodResizeStrategy(PodStrategy main) : StatusStrategy(main)
{
    private static readonly string[] Resizable = ["cpu", "memory"];

    public override void PrepareForUpdate(JsonObject document, JsonObject old)
    {
        var asked = Resources(document);
        base.PrepareForUpdate(document, old);
        document.CarryOver("status", old);
        foreach (var container in document.Objects("spec", "containers").Concat(document.Objects("spec", "initContainers")))
        {
            if (asked.TryGetValue(container.Text("name"), out var fields))
                (container["resources"], container["resizePolicy"]) = (fields.Resources?.DeepClone(), fields.Policy?.DeepClone());
            if (container["resizePolicy"] is null)
                container.Remove("resizePolicy");
        }
    }

    protected override void CheckUpdate(Field document, JsonObject old)
    {
        var before = Resources(old);
        foreach (var container in document["spec"]["containers"].Items.Concat(document["spec"]["initContainers"].Items))
        {
            ResourceRequirements.Check(container["resources"]);
            var was = before.GetValueOrDefault(container["name"].Text).Resources as JsonObject;
            foreach (var list in (ReadOnlySpan<string>)["requests", "limits"])
                CheckOnlyResizable(container["resources"][list], was.Object(list));
        }
        if (PodQos.Of((JsonObject)document.Value!) != PodQos.Of(old))
            document["spec"].Forbidden("Pod QOS Class may not change as a result of resizing");
    }

    private static void CheckOnlyResizable(Field now, JsonObject? was)
    {
        var names = (now.Object ?? []).Select(e => e.Key).Union((was ?? []).Select(e => e.Key));
        if (names.Except(Resizable).Any(name => !JsonNode.DeepEquals(now[name].Value, was?[name])))
            now.Forbidden("only cpu and memory resources are mutable");
        if (was?.Any(e => Resizable.Contains(e.Key) && now[e.Key].Value is null) == true)
            now.Forbidden("resource limits cannot be removed");
    }

    private static Dictionary<string, (JsonNode? Resources, JsonNode? Policy)> Resources(JsonObject pod) =>
        pod.Objects("spec", "containers").Concat(pod.Objects("spec", "initContainers"))
            .GroupBy(c => c.Text("name"))
            .ToDictionary(g => g.Key, g => (g.First()["resources"]?.DeepClone(), g.First()["resizePolicy"]?.DeepClone()));
}
