using Ballast.Kubelet.Pods;
using Ballast.Kubelet.Runtimes;
using k8s.Models;

namespace Ballast.Kubelet.Tests;

/// <summary>Makes the objects that the tests are about.</summary>
internal static class Build
{
    public static PodSandboxConfig Sandbox(TempFolder folder, string uid = "uid-1", bool isStatic = true) =>
        new(uid, "kube-system", "pod-" + uid, folder["logs/" + uid], TimeSpan.FromSeconds(5), isStatic, HostNetwork: true, PreferredIP: null);

    public static ContainerConfig Container(string name, params string[] command) =>
        new(name, 0, "image", command, new Dictionary<string, string>(), null, "hash", [], new Dictionary<string, string>());

    public static V1Pod Pod(string uid = "uid-1", string restartPolicy = "Always", bool isStatic = true, params V1Container[] containers) => new()
    {
        ApiVersion = "v1",
        Kind = "Pod",
        Metadata = new V1ObjectMeta
        {
            Name = "pod",
            NamespaceProperty = "default",
            Uid = uid,
            Annotations = new Dictionary<string, string> { [PodExtensions.SourceAnnotation] = isStatic ? "file" : "api" },
        },
        Spec = new V1PodSpec
        {
            NodeName = "node-1",
            RestartPolicy = restartPolicy,
            TerminationGracePeriodSeconds = 5,
            Containers = containers.Length > 0 ? [.. containers] : [App("app")],
        },
        Status = new V1PodStatus { Phase = "Pending" },
    };

    public static V1Container App(string name, params string[] command) => new() { Name = name, Image = "image", Command = [.. command] };
}
