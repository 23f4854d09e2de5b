using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Ballast.Kubelet.Runtimes;
using k8s;
using k8s.Models;

namespace Ballast.Kubelet.Pods;

/// <summary>Makes what a runtime needs to know of a container out of what its pod says.</summary>
internal static partial class ContainerConfigs
{
    /// <exception cref="RuntimeException">The spec asks for what cannot be resolved here; the message names it.</exception>
    public static ContainerConfig Create(V1Pod pod, V1Container container, int attempt, string podIP, string hostIP)
    {
        var environment = new Dictionary<string, string>();
        foreach (var variable in container.Env ?? [])
            environment[variable.Name] = Expand(variable.Value ?? Resolve(pod, variable, podIP, hostIP), environment);
        if (container.EnvFrom is { Count: > 0 })
            throw new RuntimeException($"container {container.Name}: envFrom is not supported by this runtime");
        return new ContainerConfig(
            container.Name,
            attempt,
            container.Image ?? "",
            [.. (container.Command ?? []).Concat(container.Args ?? []).Select(word => Expand(word, environment))],
            environment,
            container.WorkingDir,
            Hash(container),
            [.. Mounts(pod, container)],
            new Dictionary<string, string>(pod.Metadata.Annotations ?? new Dictionary<string, string>()));
    }

    /// <summary>Changes whenever a change of the spec must replace the container.</summary>
    public static string Hash(V1Container container) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
            $"{container.Image}\0{string.Join('\0', container.Command ?? [])}\0\0{string.Join('\0', container.Args ?? [])}\0\0{KubernetesJson.Serialize(container.Env ?? [])}")))[..16];

    /// <summary>Makes the folders that <c>DirectoryOrCreate</c> asks for, and holds the pod back where a path is not what its volume says.</summary>
    /// <exception cref="RuntimeException">A path is missing or of another type.</exception>
    public static void PrepareHostPaths(V1Pod pod)
    {
        foreach (var volume in pod.Spec.Volumes ?? [])
        {
            if (volume.HostPath is not { } host)
                continue;
            switch (host.Type)
            {
                case "DirectoryOrCreate":
                    Directory.CreateDirectory(host.Path);
                    break;
                case "FileOrCreate" when !File.Exists(host.Path):
                    File.Create(host.Path).Dispose();
                    break;
                case "Directory" when !Directory.Exists(host.Path):
                    throw new RuntimeException($"MountVolume.SetUp failed for volume \"{volume.Name}\" : hostPath type check failed: {host.Path} is not a directory");
                case "File" when !File.Exists(host.Path):
                    throw new RuntimeException($"MountVolume.SetUp failed for volume \"{volume.Name}\" : hostPath type check failed: {host.Path} is not a file");
            }
        }
    }

    private static IEnumerable<VolumeMount> Mounts(V1Pod pod, V1Container container)
    {
        foreach (var mount in container.VolumeMounts ?? [])
        {
            if (pod.Spec.Volumes?.FirstOrDefault(v => v.Name == mount.Name)?.HostPath is { } host)
                yield return new(Path.Join(host.Path, mount.SubPath), mount.MountPath);
        }
    }

    private static string Resolve(V1Pod pod, V1EnvVar variable, string podIP, string hostIP)
    {
        var source = variable.ValueFrom;
        if (source is null)
            return "";
        var path = source.FieldRef?.FieldPath
            ?? throw new RuntimeException($"environment variable {variable.Name}: only fieldRef can be resolved by this runtime");
        if (FieldWithKey().Match(path) is { Success: true } keyed)
        {
            var map = keyed.Groups["map"].Value == "labels" ? pod.Metadata.Labels : pod.Metadata.Annotations;
            return map is not null && map.TryGetValue(keyed.Groups["key"].Value, out var value) ? value : "";
        }
        return path switch
        {
            "metadata.name" => pod.Metadata.Name,
            "metadata.namespace" => pod.Metadata.NamespaceProperty,
            "metadata.uid" => pod.Metadata.Uid,
            "spec.nodeName" => pod.Spec.NodeName,
            "spec.serviceAccountName" => pod.Spec.ServiceAccountName ?? "",
            "status.podIP" or "status.podIPs" => podIP,
            "status.hostIP" or "status.hostIPs" => hostIP,
            _ => throw new RuntimeException($"environment variable {variable.Name}: unsupported fieldPath: {path}"),
        };
    }

    /// <summary>Replaces <c>$(NAME)</c>; an unknown name stays as it is and <c>$$(NAME)</c> escapes it.</summary>
    private static string Expand(string text, Dictionary<string, string> environment) =>
        Reference().Replace(text, match =>
            match.Value.StartsWith("$$", StringComparison.Ordinal) ? match.Value[1..]
            : environment.TryGetValue(match.Groups["name"].Value, out var value) ? value
            : match.Value);

    [GeneratedRegex(@"\$?\$\((?<name>[^()\s]+)\)")]
    private static partial Regex Reference();

    [GeneratedRegex(@"^metadata\.(?<map>labels|annotations)\['(?<key>[^']+)'\]$")]
    private static partial Regex FieldWithKey();
}
