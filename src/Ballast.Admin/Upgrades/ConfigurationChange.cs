using Ballast.Admin.Clusters;
using Ballast.Admin.Configuration;
using Ballast.ComponentBase.Commands;

namespace Ballast.Admin.Upgrades;

/// <summary>What is to be different in the cluster's configuration: the flags of components, from a file of kubeadm's or one by one.</summary>
/// <param name="File">Its flags take the place of those that are there; null for none.</param>
/// <param name="Arguments"><c>kube-apiserver:v=2</c> sets a flag, <c>kube-apiserver:v-</c> takes it back.</param>
public sealed record ConfigurationChange(ClusterConfiguration? File, IReadOnlyList<string> Arguments)
{
    public static ConfigurationChange None { get; } = new(null, []);

    /// <exception cref="ClusterException">It asks for what an upgrade cannot change.</exception>
    public ClusterConfiguration On(ClusterConfiguration current)
    {
        var wanted = File is null ? current : ClusterConfiguration.Components.Aggregate(Agreeing(current, File), (all, component) => all.With(component, File.ArgumentsOf(component)));
        return Arguments.Aggregate(wanted, With);
    }

    /// <summary>Names in certificates, addresses and networks are what clients and pods rely on: another program or flag does not change them.</summary>
    private static ClusterConfiguration Agreeing(ClusterConfiguration current, ClusterConfiguration file)
    {
        var unset = new ClusterConfiguration();
        foreach (var (field, value) in new (string, Func<ClusterConfiguration, string>)[]
        {
            ("clusterName", c => c.ClusterName),
            ("controlPlaneEndpoint", c => c.ControlPlaneEndpoint),
            ("networking.dnsDomain", c => c.DnsDomain),
            ("networking.serviceSubnet", c => c.ServiceSubnet),
            ("networking.podSubnet", c => c.PodSubnet),
            ("encryptionAlgorithm", c => c.KeyAlgorithm.ToString()),
            ("etcd.external.endpoints", c => string.Join(", ", c.ExternalEtcd?.Endpoints ?? [])),
            ("apiServer.certSANs", c => string.Join(", ", c.CertSans)),
        })
        {
            if (value(file) != value(unset) && value(file) != value(current))
                throw new ClusterException($"{field} is \"{value(file)}\" in the file and \"{value(current)}\" in the cluster: an upgrade changes programs and flags, and nothing else", 2);
        }
        return current;
    }

    private static ClusterConfiguration With(ClusterConfiguration configuration, string argument)
    {
        if (argument.Split(':', 2) is not [var component, { Length: > 0 } flag] || (!flag.Contains('=', StringComparison.Ordinal) && flag[^1] != '-'))
            throw new ClusterException($"\"{argument}\" is not of the form COMPONENT:FLAG=VALUE, like kube-apiserver:v=2, or COMPONENT:FLAG- to take a flag back", 2);
        if (!ClusterConfiguration.Components.Contains(component))
        {
            throw new ClusterException($"there is no component \"{component}\"" + (CommandLine.Nearest(component, ClusterConfiguration.Components) is { } nearest
                ? $", did you mean {nearest}?" : $": choose from {string.Join(", ", ClusterConfiguration.Components)}"), 2);
        }
        var equals = flag.IndexOf('=', StringComparison.Ordinal);
        var name = (equals < 0 ? flag[..^1] : flag[..equals]).TrimStart('-');
        var others = configuration.ArgumentsOf(component).Where(a => a.Key != name);
        if (equals >= 0)
            others = others.Append(KeyValuePair.Create(name, flag[(equals + 1)..]));
        else if (configuration.ArgumentsOf(component).All(a => a.Key != name))
            throw new ClusterException($"{component} was given no flag \"{name}\" that could be taken back: it was given {Given(configuration, component)}", 2);
        return configuration.With(component, [.. others]);
    }

    private static string Given(ClusterConfiguration configuration, string component) =>
        configuration.ArgumentsOf(component) is { Count: > 0 } some ? string.Join(", ", some.Select(a => a.Key)) : "none";
}
