using System.Diagnostics;

namespace Ballast.Admin.Hosts;

/// <summary>systemd's own command. What it says goes to the standard error of this program.</summary>
internal static class Systemctl
{
    /// <exception cref="IOException">It did not end with 0.</exception>
    public static void MustRun(params string[] arguments)
    {
        if (Run(arguments) is var code and not 0)
            throw new IOException($"systemctl {string.Join(' ', arguments)} ended with {code}");
    }

    /// <returns>Its exit code.</returns>
    public static int Run(params string[] arguments)
    {
        using var systemctl = Process.Start(new ProcessStartInfo("systemctl", arguments) { UseShellExecute = false })!;
        systemctl.WaitForExit();
        return systemctl.ExitCode;
    }
}
