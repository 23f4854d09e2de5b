using System.CommandLine;
using Ballast.Admin.Configuration;
using Ballast.Admin.Upgrades;

namespace Ballast.Commands.Upgrade;

/// <summary>The options that say which flags components are to have.</summary>
internal sealed class ConfigurationOptions
{
    private readonly Option<FileInfo?> _config = new("--config")
    {
        Description = "A file of kubeadm's with a ClusterConfiguration, v1beta4: its extraArgs take the place of the cluster's.",
        HelpName = "FILE",
    };

    private readonly Option<string[]> _arguments = new("--extra-arg")
    {
        Description = "One flag: kube-apiserver:v=2 sets it, kube-apiserver:v- takes it back. Can be given several times.",
        HelpName = "COMPONENT:FLAG=VALUE",
        AllowMultipleArgumentsPerToken = false,
        DefaultValueFactory = _ => [],
    };

    public ConfigurationOptions(Command command)
    {
        command.Options.Add(_config);
        command.Options.Add(_arguments);
    }

    public ConfigurationChange Of(ParseResult result) =>
        new(result.GetValue(_config) is { } file ? InitConfiguration.Read(file.FullName).Cluster : null, result.GetValue(_arguments)!);
}
