using System.Globalization;
using System.Text.RegularExpressions;

namespace Ballast.Admin.Rollouts;

/// <summary>Who holds the <see cref="ChangeLock"/>: <c>ballast upgrade node on cp1, process 4242 (0f1e2d3c-4026531836 123456)</c>.</summary>
/// <param name="Command">What changes a host.</param>
/// <param name="Host">The machine that it runs on.</param>
/// <param name="Process">Its id there.</param>
/// <param name="Machine">Which start of which machine, and which of its process namespaces, that id is of.</param>
/// <param name="StartTicks">When it was started: with the id it names the process for good.</param>
internal sealed partial record ChangeHolder(string Command, string Host, int Process, string Machine, long StartTicks)
{
    /// <summary>This process.</summary>
    public static ChangeHolder Self(string command) => new(command, Environment.MachineName, Environment.ProcessId, ThisMachine(), StartTicksOf(Environment.ProcessId) ?? 0);

    /// <summary>Null for what somebody else wrote.</summary>
    public static ChangeHolder? Parse(string identity) => Form().Match(identity) is { Success: true } match
        && int.TryParse(match.Groups["process"].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var process)
        && long.TryParse(match.Groups["ticks"].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var ticks)
        ? new(match.Groups["command"].Value, match.Groups["host"].Value, process, match.Groups["machine"].Value, ticks) : null;

    public string Identity => string.Create(CultureInfo.InvariantCulture, $"{this} ({Machine} {StartTicks})");

    /// <summary>Whether it runs; null of a process of another machine, of which nothing is known here.</summary>
    public bool? Runs => Machine == ThisMachine() ? StartTicksOf(Process) == StartTicks : null;

    /// <summary>For people.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Command} on {Host}, process {Process}");

    private static string ThisMachine()
    {
        var ns = File.ResolveLinkTarget("/proc/self/ns/pid", returnFinalTarget: false)!.Name;
        return $"{File.ReadAllText("/proc/sys/kernel/random/boot_id")[..8]}-{new string([.. ns.Where(char.IsAsciiDigit)])}";
    }

    /// <summary>Null where it does not run.</summary>
    private static long? StartTicksOf(int process)
    {
        try
        {
            var stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/stat"));
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            // One that has ended may be there for a while, until somebody asks how.
            return fields[0] is "Z" or "X" ? null : long.Parse(fields[19], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return null;
        }
    }

    [GeneratedRegex(@"^(?<command>.+) on (?<host>\S+), process (?<process>\d+) \((?<machine>\S+) (?<ticks>\d+)\)$", RegexOptions.ExplicitCapture)]
    private static partial Regex Form();
}
