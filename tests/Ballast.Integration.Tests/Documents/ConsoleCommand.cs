using System.Text.RegularExpressions;

namespace Ballast.Integration.Tests.Documents;

/// <summary>A command that a document tells its reader to type: <c>$ kubectl get nodes</c> in a block of <c>console</c>.</summary>
/// <param name="Where">File and line.</param>
/// <param name="Program">Its name, without a path.</param>
/// <param name="Arguments">As the shell would split them.</param>
public sealed partial record ConsoleCommand(string Where, string Program, IReadOnlyList<string> Arguments)
{
    /// <summary>The words that are no flags: <c>node kill control-plane-1</c>.</summary>
    public IEnumerable<string> Words => Arguments.Where(a => !a.StartsWith('-'));

    /// <summary>The flags' names, without their values.</summary>
    public IEnumerable<string> Flags => Arguments.Where(a => a.StartsWith('-')).Select(a => a.Split('=')[0]);

    public override string ToString() => $"{Where}: {Program} {string.Join(' ', Arguments)}";

    /// <summary>The commands of README.md and of everything below docs/, those inside <c>$(…)</c> included.</summary>
    public static IReadOnlyList<ConsoleCommand> All { get; } =
        [.. Directory.EnumerateFiles(Path.Combine(Root(), "docs"), "*.md", SearchOption.AllDirectories)
            .Append(Path.Combine(Root(), "README.md"))
            .Order(StringComparer.Ordinal)
            .SelectMany(Read)];

    /// <summary>The repository: what holds the solution.</summary>
    public static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Ballast.slnx")))
                return folder.FullName;
        }
        throw new InvalidOperationException($"there is no Ballast.slnx above {AppContext.BaseDirectory}");
    }

    private static IEnumerable<ConsoleCommand> Read(string file)
    {
        var name = Path.GetRelativePath(Root(), file);
        var inConsole = false;
        foreach (var (number, line) in File.ReadLines(file).Index())
        {
            if (line.StartsWith("```", StringComparison.Ordinal))
                inConsole = line == "```console";
            else if (inConsole && line.StartsWith("$ ", StringComparison.Ordinal))
            {
                foreach (var command in Parse($"{name}:{number + 1}", line[2..]))
                    yield return command;
            }
        }
    }

    internal static IEnumerable<ConsoleCommand> Parse(string where, string line)
    {
        // From the inside out: what a substitution gives is one word to the command around it.
        while (Substitution().Match(line) is { Success: true } inner)
        {
            foreach (var command in Parse(where, inner.Groups[1].Value))
                yield return command;
            line = line.Remove(inner.Index, inner.Length).Insert(inner.Index, "given");
        }
        var words = Word().Matches(line).Select(m => m.Value.Replace("'", "", StringComparison.Ordinal).Replace("\"", "", StringComparison.Ordinal)).ToArray();
        yield return new(where, words[0] is "./ballast" ? "ballast" : words[0], words[1..]);
    }

    [GeneratedRegex(@"\$\(([^()]*)\)")]
    private static partial Regex Substitution();

    [GeneratedRegex("""(?:[^\s'"]|'[^']*'|"[^"]*")+""")]
    private static partial Regex Word();
}
