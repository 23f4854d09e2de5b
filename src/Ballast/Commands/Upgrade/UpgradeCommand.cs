using System.CommandLine;

namespace Ballast.Commands.Upgrade;

/// <summary><c>ballast upgrade …</c>.</summary>
internal static class UpgradeCommand
{
    public static Command Create() => new("upgrade", "Take a cluster to this build of the program, or to other flags, one host at a time.")
    {
        PlanCommand.Create(),
        ApplyCommand.Create(),
        UpgradeNodeCommand.Create(),
    };
}
