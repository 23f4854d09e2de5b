using System.Globalization;
using Ballast.Admin.Configuration;
using Ballast.Admin.LoadBalancers;
using Ballast.Admin.Pki;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Ballast.Admin.Clusters;

/// <summary>
/// The file of <c>up -f</c>: the command's options, one a line, in Kubernetes' spelling.
/// <code>
/// name: test
/// controlPlanes: 3
/// workers: 4
/// topology: external
/// </code>
/// </summary>
public static class ClusterFile
{
    private static readonly string[] Keys = ["name", "controlPlanes", "workers", "zones", "topology", "keyAlgorithm", "allowEvenEtcd", "loadBalancer", "controlPlaneEndpoint"];

    /// <param name="path">The file.</param>
    /// <param name="given">Gets the names of the options that the file sets.</param>
    /// <exception cref="ClusterException">The file cannot be read, or holds what it should not; names the line.</exception>
    public static ClusterOptions Read(string path, ISet<string> given)
    {
        var options = new ClusterOptions();
        foreach (var (key, value, line) in Entries(path))
        {
            options = key switch
            {
                "name" => options with { Name = value },
                "controlPlanes" => options with { ControlPlanes = Number(key, value, line) },
                "workers" => options with { Workers = Number(key, value, line) },
                "zones" => options with { Zones = Number(key, value, line) },
                "allowEvenEtcd" => options with { AllowEvenEtcd = bool.TryParse(value, out var allow) ? allow : throw Wrong(key, value, line, "true or false") },
                "topology" => options with { Topology = Enum.TryParse<Topology>(value, ignoreCase: true, out var topology) ? topology : throw Wrong(key, value, line, "stacked or external") },
                "keyAlgorithm" => options with { KeyAlgorithm = KeyAlgorithms.TryParse(value, out var algorithm) ? algorithm : throw Wrong(key, value, line, string.Join(" or ", KeyAlgorithms.Names)) },
                "loadBalancer" => options with { LoadBalancer = Enum.TryParse<LoadBalancerKind>(value, ignoreCase: true, out var kind) ? kind : throw Wrong(key, value, line, "builtin, haproxy or external") },
                "controlPlaneEndpoint" => options with { ControlPlaneEndpoint = ClusterConfiguration.WithPort(value) },
                _ => throw new ClusterException($"{path}, line {line}: unknown key \"{key}\"; known are {string.Join(", ", Keys)}", 2),
            };
            given.Add("--" + string.Concat(key.Select(c => char.IsUpper(c) ? "-" + char.ToLowerInvariant(c) : c.ToString())));
        }
        return options;

        ClusterException Wrong(string key, string value, long line, string right) => new($"{path}, line {line}: {key} is \"{value}\", and should be {right}", 2);

        int Number(string key, string value, long line) =>
            int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw Wrong(key, value, line, "a whole number");
    }

    private static IEnumerable<(string Key, string Value, long Line)> Entries(string path)
    {
        var yaml = new YamlStream();
        try
        {
            using var reader = new StreamReader(path);
            yaml.Load(reader);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new ClusterException($"the file {path} cannot be read: {unreadable.Message}");
        }
        catch (YamlException wrong)
        {
            throw new ClusterException($"{path}, line {wrong.Start.Line}: not valid YAML: {wrong.Message}", 2);
        }
        if (yaml.Documents is not [{ RootNode: YamlMappingNode mapping }])
            throw new ClusterException($"{path} should hold one mapping with the keys {string.Join(", ", Keys)}", 2);
        foreach (var (key, value) in mapping.Children)
        {
            if (value is not YamlScalarNode scalar)
                throw new ClusterException($"{path}, line {value.Start.Line}: {key} should be a plain value", 2);
            yield return (key.ToString(), scalar.Value ?? "", key.Start.Line);
        }
    }
}
