using System.CommandLine;
using Ballast.Admin.Clusters;
using Ballast.Admin.Restore;

namespace Ballast.Commands.Etcd;

/// <summary>Shows what a restore is going to do, and has it confirmed: by <c>--yes</c>, or on the terminal.</summary>
internal sealed class RestoreConfirmation
{
    private readonly Option<bool> _yes = new("-y", "--yes") { Description = "Do not ask." };

    public RestoreConfirmation(Command command) => command.Options.Add(_yes);

    /// <exception cref="ClusterException">Nobody can be asked.</exception>
    public bool Given(ParseResult result, RestorePlan plan)
    {
        Console.WriteLine(
            $"""
            From       {plan.From}{(plan.Objects is { } objects ? $": {objects} objects" : "")} at revision {plan.Revision}
            To         {string.Join(", ", plan.Members)}
            Instead of {string.Join(", ", plan.Replaced.Select(r => $"{r.Host} ({(r.Revision is { } at ? $"at revision {at}" : "no data")})"))}, kept in var/lib/etcd.before-{plan.Id}
            {(plan.Leaving.Count == 0 ? "" : $"Leaving    {string.Join(", ", plan.Leaving)}: each has to get a new member afterwards, by ballast etcd replace on it\n")}What is not in it is gone then. The API does not answer meanwhile; resourceVersions go on from {plan.Begins}, so every client lists again.
            """);
        if (result.GetValue(_yes))
            return true;
        if (Console.IsInputRedirected)
            throw new ClusterException("a restore takes the cluster back in time, and was not confirmed; nothing was touched", 2) { Hint = "the same with --yes" };
        Console.Write("Go on? [y/N] ");
        return Console.ReadLine()?.Trim() is "y" or "Y" or "yes";
    }
}
