using System.CommandLine;
using Ballast.Admin.Prerequisites;

namespace Ballast.Commands;

/// <summary><c>ballast install-packages</c>: what <c>up</c> does for itself, for scripts that need other parts too.</summary>
internal static class InstallPackagesCommand
{
    public static Command Create()
    {
        var command = new Command("install-packages", "Install the Debian packages that are missing; their services are not started.") { Hidden = true };
        var packages = new Argument<string[]>("PACKAGE") { Arity = ArgumentArity.OneOrMore };
        command.Arguments.Add(packages);
        command.OnRun(async (result, cancel) =>
        {
            await new DebianPackages(Console.Error.WriteLine).EnsureAsync(result.GetValue(packages)!, cancel);
            return 0;
        });
        return command;
    }
}
