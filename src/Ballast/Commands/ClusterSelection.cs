using System.CommandLine;
using Ballast.Admin.Clusters;

namespace Ballast.Commands;

/// <summary>The two options by which every cluster command finds its cluster.</summary>
internal sealed class ClusterSelection
{
    private readonly Option<string> _name = new("--name") { Description = "The cluster's name.", DefaultValueFactory = _ => ClusterDirectory.DefaultName, HelpName = "NAME" };

    private readonly Option<string> _dataDirectory = new("--data-dir")
    {
        Description = "The folder that clusters are kept in.",
        DefaultValueFactory = _ => ClusterDirectory.DefaultDataDirectory,
        HelpName = "DIR",
    };

    public ClusterSelection(Command command)
    {
        command.Options.Add(_name);
        command.Options.Add(_dataDirectory);
    }

    public string Name(ParseResult result) => result.GetValue(_name)!;

    /// <summary>What a further command must be given to find the same cluster: nothing, or the options with a space before them.</summary>
    public string Again(ParseResult result, string name) => Directory(result).Named(name).Again;

    /// <summary>Did the user say which cluster?</summary>
    public bool IsGiven(ParseResult result) =>
        new[] { _name.Name, _dataDirectory.Name }.Any(o => result.GetResult(o) is System.CommandLine.Parsing.OptionResult { Implicit: false });

    public ClusterDirectory Directory(ParseResult result) => new(result.GetValue(_dataDirectory)!, result.GetValue(_name)!);
}
