using k8s.Models;

namespace Ballast.ControllerManager.Tests;

/// <summary>Objects with what the tests need in them and nothing else.</summary>
internal static class Make
{
    public static V1Deployment Deployment(string name, int replicas, string image = "app:1", string? maxSurge = "25%", string? maxUnavailable = "25%") => new()
    {
        Metadata = new() { Name = name, NamespaceProperty = "default" },
        Spec = new()
        {
            Replicas = replicas,
            Selector = new() { MatchLabels = Labels(name) },
            Template = Template(name, image),
            Strategy = new() { Type = "RollingUpdate", RollingUpdate = new() { MaxSurge = maxSurge!, MaxUnavailable = maxUnavailable! } },
            RevisionHistoryLimit = 10,
            ProgressDeadlineSeconds = 600,
        },
    };

    public static V1ReplicaSet ReplicaSet(string name, int replicas) => new()
    {
        Metadata = new() { Name = name, NamespaceProperty = "default" },
        Spec = new() { Replicas = replicas, Selector = new() { MatchLabels = Labels(name) }, Template = Template(name, "app:1") },
    };

    public static V1PodTemplateSpec Template(string app, string image) => new()
    {
        Metadata = new() { Labels = Labels(app) },
        Spec = new() { Containers = [new() { Name = "app", Image = image }] },
    };

    public static V1Pod Pod(string name, string app, string ns = "default") => new()
    {
        Metadata = new() { Name = name, NamespaceProperty = ns, Labels = Labels(app) },
        Spec = new() { Containers = [new() { Name = "app", Image = "app:1" }] },
    };

    public static Dictionary<string, string> Labels(string app) => new() { ["app"] = app };
}
