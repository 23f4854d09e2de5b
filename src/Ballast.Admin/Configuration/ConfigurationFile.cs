using Ballast.Admin.Clusters;
using Ballast.ComponentBase.Commands;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Ballast.Admin.Configuration;

/// <summary>The documents of a file of kubeadm's, by their kind.</summary>
internal static class ConfigurationFile
{
    private const string Version = "kubeadm.k8s.io/v1beta4";

    /// <summary>Other programs' parts of the file.</summary>
    private static readonly string[] Elsewhere = ["KubeletConfiguration", "KubeProxyConfiguration"];

    /// <returns>A document for each of <paramref name="kinds"/>, empty where the file has none.</returns>
    /// <exception cref="ClusterException">The file cannot be read, is no YAML, or holds another kind.</exception>
    public static IReadOnlyDictionary<string, ConfigurationNode> Read(string path, params string[] kinds)
    {
        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new ClusterException($"the file {path} cannot be read: {unreadable.Message}");
        }
        return Parse(text, path, kinds);
    }

    public static IReadOnlyDictionary<string, ConfigurationNode> Parse(string text, string path, params string[] kinds)
    {
        var yaml = new YamlStream();
        try
        {
            yaml.Load(new StringReader(text));
        }
        catch (YamlException wrong)
        {
            throw new ClusterException($"{path}, line {wrong.Start.Line}: not valid YAML: {wrong.Message}", 2);
        }
        var found = new Dictionary<string, ConfigurationNode>();
        foreach (var document in yaml.Documents)
        {
            if (document.RootNode is not YamlMappingNode mapping)
                throw new ClusterException($"{path}, line {document.RootNode.Start.Line}: should be a mapping with apiVersion and kind", 2);
            var node = new ConfigurationNode(path, "", mapping);
            var kind = node.Required("kind");
            if (!kinds.Contains(kind))
                throw node.Wrong("kind", Unknown(kind, kinds));
            node.OneOf("apiVersion", Version);
            node.Required("apiVersion");
            if (!found.TryAdd(kind, node))
                throw node.Wrong("kind", $"is {kind} for the second time");
        }
        foreach (var kind in kinds)
            found.TryAdd(kind, new(path, "", null));
        return found;
    }

    private static string Unknown(string kind, string[] kinds) =>
        Elsewhere.Contains(kind) ? $"is {kind}, which is not supported in this file"
        : $"is {kind}" + (CommandLine.Nearest(kind, kinds) is { } nearest ? $", did you mean {nearest}?" : $", and should be {string.Join(" or ", kinds)}");
}
