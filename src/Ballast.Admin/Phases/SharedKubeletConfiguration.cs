using Ballast.Admin.Clusters;
using Ballast.Admin.Hosts;
using Ballast.Client;
using k8s.Models;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Ballast.Admin.Phases;

/// <summary>What the kubelets of a cluster have in common: the ConfigMap <c>kube-system/kubelet-config</c>, with the paths of a machine of its own. A host that joins takes it, and adds what is its own.</summary>
public static class SharedKubeletConfiguration
{
    public const string MapName = "kubelet-config";

    private const string Key = "kubelet";

    /// <summary>As a new cluster has it.</summary>
    public const string Default = """
        apiVersion: kubelet.config.k8s.io/v1beta1
        kind: KubeletConfiguration
        authentication:
          anonymous:
            enabled: false
          x509:
            clientCAFile: /etc/kubernetes/pki/ca.crt
        port: 10250
        rotateCertificates: true
        staticPodPath: /etc/kubernetes/manifests

        """;

    internal static V1ConfigMap NewMap() => new() { Metadata = new() { Name = MapName, NamespaceProperty = "kube-system" }, Data = new Dictionary<string, string> { [Key] = Default } };

    /// <summary>Null where the cluster has none.</summary>
    internal static async Task<string?> FindAsync(ApiClient client, CancellationToken cancel) =>
        (await client.Resources<V1ConfigMap>().FindAsync("kube-system", MapName, cancel))?.Data?.TryGetValue(Key, out var text) == true ? text : null;

    /// <summary>The file of a host.</summary>
    /// <exception cref="ClusterException">It is no configuration of a kubelet.</exception>
    internal static string On(Host host, string shared)
    {
        var yaml = new YamlStream();
        try
        {
            yaml.Load(new StringReader(shared));
        }
        catch (YamlException wrong)
        {
            throw new ClusterException($"the ConfigMap kube-system/{MapName}, line {wrong.Start.Line}: not valid YAML: {wrong.Message}");
        }
        if (yaml.Documents is not [{ RootNode: YamlMappingNode fields }])
            throw new ClusterException($"the ConfigMap kube-system/{MapName} should hold one KubeletConfiguration below {Key}");
        fields.Children["address"] = host.Address.ToString();
        fields.Children["staticPodPath"] = host.Paths.Manifests;
        if (fields.Children.TryGetValue("authentication", out var authentication) && authentication is YamlMappingNode ways && ways.Children.TryGetValue("x509", out var x509) && x509 is YamlMappingNode certificate)
            certificate.Children["clientCAFile"] = host.Paths.Pki("ca.crt");
        var text = new StringWriter();
        yaml.Save(text, assignAnchors: false);
        return text.ToString().Replace("\r", "", StringComparison.Ordinal).TrimEnd('.', '\n') + "\n";
    }
}
