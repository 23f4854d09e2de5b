using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.Validation;
using Ballast.ApiServer.Registry;

namespace Ballast.ApiServer.CustomResources;

/// <summary>The <c>autoscaling/v1</c> Scale of a custom resource, at the paths that its CRD names.</summary>
internal sealed class CustomScale : IProjectedSubresource
{
    private readonly string[] _specReplicas;
    private readonly string[] _statusReplicas;
    private readonly string[] _selector;

    private CustomScale(string[] specReplicas, string[] statusReplicas, string[] selector) =>
        (_specReplicas, _statusReplicas, _selector) = (specReplicas, statusReplicas, selector);

    /// <param name="paths"><c>subresources.scale</c> of a CRD's version.</param>
    public static CustomScale From(JsonObject paths)
    {
        return new(Fields("specReplicasPath"), Fields("statusReplicasPath"), Fields("labelSelectorPath"));

        string[] Fields(string path) => paths.Text(path).Split('.', StringSplitOptions.RemoveEmptyEntries);
    }

    public JsonObject Read(JsonObject parent)
    {
        var metadata = new JsonObject();
        foreach (var field in (string[])["name", "namespace", "uid", "resourceVersion", "creationTimestamp"])
            if (parent.Text("metadata", field) is { Length: > 0 } text)
                metadata[field] = text;
        var spec = new JsonObject();
        if (parent.Long(_specReplicas) is { } replicas and not 0)
            spec["replicas"] = replicas;
        var status = new JsonObject { ["replicas"] = parent.Long(_statusReplicas) ?? 0 };
        if (_selector.Length > 0 && parent.Text(_selector) is { Length: > 0 } selector)
            status["selector"] = selector;
        return new() { ["kind"] = "Scale", ["apiVersion"] = "autoscaling/v1", ["metadata"] = metadata, ["spec"] = spec, ["status"] = status };
    }

    public void Write(JsonObject parent, JsonObject value)
    {
        var replicas = value.Long("spec", "replicas") ?? 0;
        if (replicas < 0)
            throw StatusException.Invalid(new("autoscaling", "Scale"), parent.Name,
                [FieldError.Invalid(FieldPath.Of("spec").Child("replicas"), replicas, "must be greater than or equal to 0")]);
        var target = parent;
        foreach (var field in _specReplicas[..^1])
            target = target.ObjectAt(field);
        target[_specReplicas[^1]] = replicas;
        if (value.ResourceVersion.Length > 0)
            parent.ResourceVersion = value.ResourceVersion;
    }

    /// <summary>What the paths lead to has to be fit for a Scale.</summary>
    public IEnumerable<FieldError> Validate(JsonObject document) => Replicas(document, _specReplicas).Concat(Replicas(document, _statusReplicas));

    private static IEnumerable<FieldError> Replicas(JsonObject document, string[] path)
    {
        if (document.Long(path) is not { } replicas)
            yield break;
        var field = FieldPath.Of("." + string.Join('.', path));
        if (replicas < 0)
            yield return FieldError.Invalid(field, replicas, "should be a non-negative integer");
        else if (replicas > int.MaxValue)
            yield return FieldError.Invalid(field, replicas, $"should be less than or equal to {int.MaxValue}");
    }
}
