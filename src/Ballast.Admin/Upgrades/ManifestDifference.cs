using k8s;
using k8s.Models;

namespace Ballast.Admin.Upgrades;

/// <summary>What differs between two manifests of one component, in words.</summary>
internal static class ManifestDifference
{
    /// <summary>Empty where they say the same.</summary>
    /// <param name="current">The manifest that is there.</param>
    /// <param name="wanted">The one to get to.</param>
    /// <param name="kubeletProgram">What runs where a manifest names no program.</param>
    public static IReadOnlyList<string> Of(string current, string wanted, string? kubeletProgram)
    {
        var (before, after) = (Parse(current), Parse(wanted));
        var (program, next) = (ProgramOf(before) ?? kubeletProgram ?? "?", ProgramOf(after) ?? kubeletProgram ?? "?");
        List<string> changes = [.. program == next ? Array.Empty<string>() : [$"program {program} → {next}"], .. Flags(before, after)];
        if (Image(before) != Image(after))
            changes.Add($"image {Image(before)} → {Image(after)}");
        if (changes.Count == 0 && KubernetesYaml.Serialize(before) != KubernetesYaml.Serialize(after))
            changes.Add("probes, volumes, annotations or the form of the command");
        return changes;
    }

    public static V1Pod Parse(string manifest) => KubernetesYaml.Deserialize<V1Pod>(manifest);

    /// <summary>The command from the component's name on.</summary>
    public static IReadOnlyList<string> CommandOf(V1Pod pod)
    {
        var command = pod.Spec.Containers[0].Command;
        return ProgramOf(pod) is null ? [.. command] : [.. command.Skip(1)];
    }

    /// <summary>The executable that the manifest names; null where it is the kubelet's own.</summary>
    public static string? ProgramOf(V1Pod pod) =>
        pod.Spec.Containers[0].Command is [var program, var component, ..] && component == pod.Spec.Containers[0].Name && Path.IsPathRooted(program) ? program : null;

    /// <summary>The value of a flag; null where it is not given.</summary>
    public static string? FlagOf(V1Pod pod, string name) =>
        CommandOf(pod).LastOrDefault(word => word.StartsWith($"--{name}=", StringComparison.Ordinal))?[(name.Length + 3)..];

    /// <summary><c>v0.1.0</c> of <c>ballast/kube-apiserver:v0.1.0</c>.</summary>
    public static string VersionOf(V1Pod pod) => Image(pod)[(Image(pod).LastIndexOf(':') + 1)..];

    private static string Image(V1Pod pod) => pod.Spec.Containers[0].Image;

    private static IEnumerable<string> Flags(V1Pod before, V1Pod after)
    {
        var (old, wanted) = (ByName(before), ByName(after));
        foreach (var name in old.Select(f => f.Key).Union(wanted.Select(f => f.Key)))
        {
            var (was, becomes) = (Values(old, name), Values(wanted, name));
            if (was.SequenceEqual(becomes))
                continue;
            yield return becomes.Count == 0 ? $"{name} removed" : was.Count == 0 ? Given(name, becomes) : $"{Given(name, was)} → {string.Join(',', becomes)}";
        }

        static ILookup<string, string> ByName(V1Pod pod) => CommandOf(pod).Skip(1).Select(f => f.Split('=', 2)).ToLookup(f => f[0], f => f.Length > 1 ? f[1] : "");

        static List<string> Values(ILookup<string, string> flags, string name) => [.. flags[name]];

        static string Given(string name, List<string> values) => $"{name}={string.Join(',', values)}";
    }
}
