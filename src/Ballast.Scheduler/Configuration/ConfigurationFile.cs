using System.Globalization;
using Ballast.Client.LeaderElection;
using Ballast.ComponentBase.Commands;
using Ballast.ComponentBase.Flags;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Ballast.Scheduler.Configuration;

/// <summary>Reads a <c>KubeSchedulerConfiguration</c> of <c>kubescheduler.config.k8s.io/v1</c>. A field that is not supported is named and refused.</summary>
internal static class ConfigurationFile
{
    private const string ApiVersion = "kubescheduler.config.k8s.io/v1", Kind = "KubeSchedulerConfiguration";

    /// <exception cref="UsageException">The file cannot be read, or says something that is not supported.</exception>
    public static SchedulerConfiguration Load(string path)
    {
        try
        {
            return Parse(File.ReadAllText(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or YamlException or FormatException)
        {
            throw new UsageException($"--config={path}: {e.Message}");
        }
    }

    /// <exception cref="FormatException">Names the field.</exception>
    public static SchedulerConfiguration Parse(string yaml)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(yaml));
        if (stream.Documents is not [{ RootNode: YamlMappingNode root }]) throw new FormatException("not one YAML document with fields");
        var configuration = new SchedulerConfiguration();
        var (apiVersion, kind) = ("", "");
        foreach (var (name, value) in Fields(root))
        {
            configuration = name switch
            {
                "apiVersion" => Keep(configuration, apiVersion = Text(name, value)),
                "kind" => Keep(configuration, kind = Text(name, value)),
                "percentageOfNodesToScore" => configuration with { PercentageOfNodesToScore = Number(name, value, 0, 100) },
                "podInitialBackoffSeconds" => configuration with { PodInitialBackoff = TimeSpan.FromSeconds(Number(name, value, 1, int.MaxValue)) },
                "podMaxBackoffSeconds" => configuration with { PodMaxBackoff = TimeSpan.FromSeconds(Number(name, value, 1, int.MaxValue)) },
                "clientConnection" => configuration with { Kubeconfig = ClientConnection(name, value) },
                "leaderElection" => configuration with { LeaderElection = LeaderElection(name, value) },
                "profiles" => configuration with { Profiles = [.. Items(name, value).Select((p, i) => Profile($"{name}[{i}]", p))] },
                _ => throw Unsupported(name),
            };
        }
        if (apiVersion != ApiVersion || kind != Kind) throw new FormatException($"apiVersion and kind must be {ApiVersion} and {Kind}, not \"{apiVersion}\" and \"{kind}\"");
        if (configuration.PodMaxBackoff < configuration.PodInitialBackoff) throw new FormatException("podMaxBackoffSeconds must be greater than or equal to podInitialBackoffSeconds");
        if (configuration.Profiles.GroupBy(p => p.SchedulerName).FirstOrDefault(g => g.Count() > 1) is { } twice) throw new FormatException($"profiles: schedulerName \"{twice.Key}\" is given twice");
        return configuration;
    }

    private static string? ClientConnection(string path, YamlNode node)
    {
        string? kubeconfig = null;
        foreach (var (name, value) in Fields(Mapping(path, node)))
            kubeconfig = name == "kubeconfig" ? Text($"{path}.{name}", value) : throw Unsupported($"{path}.{name}");
        return kubeconfig;
    }

    private static LeaderElectionConfiguration LeaderElection(string path, YamlNode node)
    {
        var options = LeaderElectionOptions.Default;
        var (enabled, ns, resource) = (true, "kube-system", "kube-scheduler");
        foreach (var (name, value) in Fields(Mapping(path, node)))
        {
            var field = $"{path}.{name}";
            switch (name)
            {
                case "leaderElect": enabled = Text(field, value) switch { "true" => true, "false" => false, var other => throw new FormatException($"{field}: \"{other}\" is not true or false") }; break;
                case "leaseDuration": options = options with { LeaseDuration = Duration(field, value) }; break;
                case "renewDeadline": options = options with { RenewDeadline = Duration(field, value) }; break;
                case "retryPeriod": options = options with { RetryPeriod = Duration(field, value) }; break;
                case "resourceNamespace": ns = Text(field, value); break;
                case "resourceName": resource = Text(field, value); break;
                case "resourceLock" when Text(field, value) == "leases": break;
                default: throw Unsupported(field);
            }
        }
        return options.Problem is { } problem ? throw new FormatException($"{path}: {problem}") : new(enabled, options, ns, resource);
    }

    private static ProfileConfiguration Profile(string path, YamlNode node)
    {
        var profile = new ProfileConfiguration(SchedulerConfiguration.DefaultSchedulerName, [], []);
        foreach (var (name, value) in Fields(Mapping(path, node)))
        {
            profile = name switch
            {
                "schedulerName" => profile with { SchedulerName = Text($"{path}.{name}", value) },
                "plugins" => Plugins($"{path}.{name}", value, profile),
                _ => throw Unsupported($"{path}.{name}"),
            };
        }
        return profile;
    }

    private static ProfileConfiguration Plugins(string path, YamlNode node, ProfileConfiguration profile)
    {
        foreach (var (name, value) in Fields(Mapping(path, node)))
        {
            // Plugins are on or off as a whole; single extension points are not told apart.
            if (name != "multiPoint") throw Unsupported($"{path}.{name}");
            foreach (var (list, entries) in Fields(Mapping($"{path}.{name}", value)))
            {
                var plugins = Items($"{path}.{name}.{list}", entries).Select((p, i) => Plugin($"{path}.{name}.{list}[{i}]", p)).ToArray();
                profile = list switch
                {
                    "enabled" => profile with { Enabled = plugins },
                    "disabled" => profile with { Disabled = [.. plugins.Select(p => p.Name)] },
                    _ => throw Unsupported($"{path}.{name}.{list}"),
                };
            }
        }
        return profile;
    }

    private static (string Name, int? Weight) Plugin(string path, YamlNode node)
    {
        var (plugin, weight) = ("", (int?)null);
        foreach (var (name, value) in Fields(Mapping(path, node)))
        {
            switch (name)
            {
                case "name": plugin = Text($"{path}.{name}", value); break;
                case "weight": weight = Number($"{path}.{name}", value, 0, 1_000_000); break;
                default: throw Unsupported($"{path}.{name}");
            }
        }
        return plugin.Length > 0 ? (plugin, weight is 0 ? null : weight) : throw new FormatException($"{path}: a plugin needs a name");
    }

    private static IEnumerable<(string Name, YamlNode Value)> Fields(YamlMappingNode node) => node.Children.Select(c => (Text("", c.Key), c.Value));

    private static YamlMappingNode Mapping(string path, YamlNode node) => node as YamlMappingNode ?? throw new FormatException($"{path}: must have fields");

    private static IEnumerable<YamlNode> Items(string path, YamlNode node) => (node as YamlSequenceNode ?? throw new FormatException($"{path}: must be a list")).Children;

    private static string Text(string path, YamlNode node) => (node as YamlScalarNode)?.Value ?? throw new FormatException($"{path}: must be a plain value");

    private static int Number(string path, YamlNode node, int least, int most) =>
        int.TryParse(Text(path, node), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number : throw new FormatException($"{path}: \"{Text(path, node)}\" is not a whole number from {least} to {most}");

    private static TimeSpan Duration(string path, YamlNode node) =>
        GoDuration.TryParse(Text(path, node), out var duration) ? duration : throw new FormatException($"{path}: \"{Text(path, node)}\" is not a duration like 15s");

    private static FormatException Unsupported(string field) => new($"field \"{field}\" is not supported");

    private static SchedulerConfiguration Keep(SchedulerConfiguration configuration, string _) => configuration;
}
