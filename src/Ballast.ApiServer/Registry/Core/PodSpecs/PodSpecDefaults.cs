using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;

namespace Ballast.ApiServer.Registry.Core;

/// <summary>What a pod spec gets where it says nothing, in pods and in templates alike.</summary>
internal static class PodSpecDefaults
{
    private static readonly string[] ContainerLists = ["containers", "initContainers", "ephemeralContainers"];

    public static void Apply(JsonObject spec)
    {
        spec.SetDefault("dnsPolicy", "ClusterFirst");
        spec.SetDefault("restartPolicy", "Always");
        spec.SetDefault("schedulerName", "default-scheduler");
        spec.SetDefault("securityContext", new JsonObject());
        spec.SetDefault("terminationGracePeriodSeconds", 30);
        ShareServiceAccount(spec);
        foreach (var container in Containers(spec))
            ContainerDefaults.Apply(container);
        foreach (var volume in spec.Objects("volumes"))
            VolumeDefaults.Apply(volume);
    }

    /// <summary>A template's pod: the spec, as far as it is there.</summary>
    public static void ApplyToTemplate(JsonObject? template)
    {
        if (template?["spec"] is JsonObject spec)
            Apply(spec);
    }

    /// <summary>The older name of the same field is kept in step, as clients of either read it.</summary>
    public static void ShareServiceAccount(JsonObject spec)
    {
        if (spec.Text("serviceAccountName") is { Length: > 0 } name)
            spec["serviceAccount"] = name;
        else if (spec.Text("serviceAccount") is { Length: > 0 } old)
            spec["serviceAccountName"] = old;
    }

    public static IEnumerable<JsonObject> Containers(JsonObject? spec) => ContainerLists.SelectMany(list => spec.Objects(list));
}
