using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;

namespace Ballast.ApiServer.Registry;

/// <summary>The <c>autoscaling/v1</c> Scale of a kind with <c>spec.replicas</c>.</summary>
/// <param name="selector">The pods' selector in the query parameter's syntax, from the kind's spec.</param>
internal sealed class WorkloadScale(Func<JsonObject?, string> selector) : IProjectedSubresource
{
    public JsonObject Read(JsonObject parent)
    {
        var metadata = new JsonObject();
        foreach (var field in (ReadOnlySpan<string>)["name", "namespace", "uid", "resourceVersion", "creationTimestamp"])
            metadata[field] = parent.Text("metadata", field);
        var status = new JsonObject { ["replicas"] = parent.Long("status", "replicas") ?? 0 };
        if (selector(parent.Object("spec")) is { Length: > 0 } text)
            status["selector"] = text;
        var spec = new JsonObject();
        if (parent.Long("spec", "replicas") is { } replicas and not 0)
            spec["replicas"] = replicas;
        return new()
        {
            ["kind"] = "Scale",
            ["apiVersion"] = "autoscaling/v1",
            ["metadata"] = metadata,
            ["spec"] = spec,
            ["status"] = status,
        };
    }

    public void Write(JsonObject parent, JsonObject value)
    {
        var replicas = value.Long("spec", "replicas") ?? 0;
        if (replicas < 0)
        {
            throw StatusException.Invalid(new("autoscaling", "Scale"), parent.Name,
                Validation.Field.Collect(value, scale => scale["spec"]["replicas"].NonNegative()));
        }
        parent.ObjectAt("spec")["replicas"] = replicas;
        if (value.ResourceVersion.Length > 0)
            parent.ResourceVersion = value.ResourceVersion;
    }
}
