using System.CommandLine;
using System.CommandLine.Parsing;

namespace Ballast.ComponentBase.Commands;

/// <summary>Runs a command tree: what cannot be parsed ends with one sentence that names it and the nearest valid word, and exit code 2.</summary>
public static class CommandLine
{
    public static async Task<int> InvokeAsync(RootCommand root, string[] args)
    {
        var result = root.Parse(args);
        if (result.Errors.Count == 0 || result.Action is not null and not System.CommandLine.Invocation.ParseErrorAction)
            return await result.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false });
        var path = PathOf(result.CommandResult);
        await Console.Error.WriteLineAsync($"{path}: {Explain(result)}");
        await Console.Error.WriteLineAsync($"See '{path} --help'.");
        return 2;
    }

    private static string Explain(ParseResult result)
    {
        if (result.UnmatchedTokens is [var unknown, ..])
        {
            var command = result.CommandResult.Command;
            var isFlag = unknown.StartsWith('-');
            var flag = unknown.Split('=', 2)[0];
            var known = isFlag
                ? Options(result.CommandResult).Select(o => o.Name)
                : command.Subcommands.Where(c => !c.Hidden).Select(c => c.Name);
            var nearest = Nearest(flag, known);
            var what = isFlag ? "unknown flag" : command.Subcommands.Count > 0 ? "unknown command" : "unexpected argument";
            return $"{what} \"{flag}\"" + (nearest is null ? "" : $", did you mean \"{nearest}\"?");
        }
        return result.Errors[0] is { SymbolResult: OptionResult { Option: { ValueType: { } type } option, Tokens: [var given, ..] } } && type == typeof(int)
            ? $"{option.Name}: \"{given.Value}\" is not a whole number"
            : result.Errors[0].Message;
    }

    private static IEnumerable<Option> Options(CommandResult command) =>
        command.Command.Options.Concat(command.Parent is CommandResult parent ? Options(parent).Where(o => o.Recursive) : []);

    /// <summary>The command as it is typed: <c>ballast node kill</c>.</summary>
    public static string PathOf(CommandResult command) =>
        command.Parent is CommandResult parent ? $"{PathOf(parent)} {command.Command.Name}" : "ballast";

    /// <summary>The known word with the fewest edits, where those are few enough to be a slip.</summary>
    public static string? Nearest(string word, IEnumerable<string> known) => known
        .Select(k => (Word: k, Edits: Distance(word, k)))
        .Where(k => k.Edits <= Math.Max(2, word.Length / 4))
        .OrderBy(k => k.Edits).ThenBy(k => k.Word, StringComparer.Ordinal)
        .Select(k => k.Word).FirstOrDefault();

    /// <summary>How many letters were added, left out, changed, or swapped with their neighbour.</summary>
    private static int Distance(string a, string b)
    {
        var edits = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
            {
                edits[i, j] = i == 0 || j == 0
                    ? i + j
                    : Math.Min(Math.Min(edits[i - 1, j] + 1, edits[i, j - 1] + 1), edits[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    edits[i, j] = Math.Min(edits[i, j], edits[i - 2, j - 2] + 1);
            }
        }
        return edits[a.Length, b.Length];
    }
}
