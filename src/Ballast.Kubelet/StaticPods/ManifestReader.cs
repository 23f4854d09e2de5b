using System.Security.Cryptography;
using System.Text;
using Ballast.Kubelet.Pods;
using k8s;
using k8s.Models;

namespace Ballast.Kubelet.StaticPods;

/// <summary>Makes a static pod of a manifest's text: upstream's name, uid, annotations and defaults.</summary>
internal static class ManifestReader
{
    /// <exception cref="FormatException">The text is no pod; the message says what is wrong.</exception>
    public static V1Pod Read(string text, string nodeName, DateTimeOffset now)
    {
        V1Pod? pod;
        try
        {
            // JSON is YAML, too.
            pod = KubernetesYaml.Deserialize<V1Pod>(text);
        }
        catch (Exception e) when (e is YamlDotNet.Core.YamlException or System.Text.Json.JsonException or FormatException or ArgumentException)
        {
            throw new FormatException(e.InnerException?.Message ?? e.Message, e);
        }
        Check(pod);
        // The uid follows from the content, so that another content is another pod, and the same one the same pod.
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{nodeName}\0{text}")).AsSpan(0, 16));
        pod.Metadata.Name = $"{pod.Metadata.Name}-{nodeName}".ToLowerInvariant();
        pod.Metadata.NamespaceProperty ??= "default";
        pod.Metadata.Uid = hash;
        pod.Metadata.Annotations = new Dictionary<string, string>(pod.Metadata.Annotations ?? new Dictionary<string, string>())
        {
            [PodExtensions.HashAnnotation] = hash,
            [PodExtensions.SeenAnnotation] = now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff00'Z'", System.Globalization.CultureInfo.InvariantCulture),
            [PodExtensions.SourceAnnotation] = "file",
        };
        pod.Spec.NodeName = nodeName;
        pod.Spec.RestartPolicy ??= RestartPolicy.Always;
        // No taint drives a static pod away: nothing but its file decides.
        pod.Spec.Tolerations = [.. pod.Spec.Tolerations ?? [], new V1Toleration { OperatorProperty = "Exists", Effect = "NoExecute" }];
        pod.Status = new V1PodStatus { Phase = PodPhase.Pending };
        return pod;
    }

    private static void Check(V1Pod? pod)
    {
        if (pod is null)
            throw new FormatException("the file is empty");
        if (pod.Kind != "Pod" || pod.ApiVersion != "v1")
            throw new FormatException($"the file holds {pod.ApiVersion}, Kind={pod.Kind}, not v1, Kind=Pod");
        if (string.IsNullOrEmpty(pod.Metadata?.Name))
            throw new FormatException("metadata.name: Required value");
        if (pod.Spec?.Containers is not { Count: > 0 })
            throw new FormatException("spec.containers: Required value");
        if (pod.AllContainers.Any(c => string.IsNullOrEmpty(c.Name)))
            throw new FormatException("spec.containers: a container has no name");
        if (pod.AllContainers.GroupBy(c => c.Name).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new FormatException($"spec.containers: Duplicate value: \"{twice.Key}\"");
    }
}
