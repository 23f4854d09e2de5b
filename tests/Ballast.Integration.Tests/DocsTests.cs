using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Ballast.Integration.Tests.Clusters;
using Ballast.Integration.Tests.Documents;

namespace Ballast.Integration.Tests;

/// <summary>The commands in the documents are ones that the program takes.</summary>
public sealed class DocsTests
{
    /// <summary>What the script <c>./ballast</c> does itself, and where its flags are read.</summary>
    private static readonly Dictionary<string, string> ScriptVerbs = new()
    {
        ["test"] = "eng/test",
        ["bench"] = "bench/Ballast.Bench.Load/BenchCommand.cs",
    };

    /// <summary>What a reader may be told to type.</summary>
    private static readonly string[] Programs = ["ballast", "kubectl", "etcdctl", "export", "dirname"];

    private readonly ConcurrentDictionary<string, Task<string>> _help = new();

    [Fact]
    public void A_command_is_read_as_the_shell_reads_it()
    {
        var commands = ConsoleCommand.Parse("x:1", "export PKI=$(dirname $(./ballast kubeconfig --name 'a b'))/pki").ToArray();
        Assert.Equal(["ballast", "dirname", "export"], commands.Select(c => c.Program));
        Assert.Equal(["kubeconfig", "--name", "a b"], commands[0].Arguments);
        Assert.Equal(["PKI=given/pki"], commands[2].Arguments);
    }

    [Fact]
    public void Only_known_programs_are_asked_for() =>
        Assert.DoesNotContain(ConsoleCommand.All, c => !Programs.Contains(c.Program));

    [Fact]
    public async Task Every_ballast_command_has_its_words_and_flags()
    {
        var commands = ConsoleCommand.All.Where(c => c.Program == "ballast").ToArray();
        Assert.NotEmpty(commands);
        var wrong = await Task.WhenAll(commands.Select(WrongAsync));
        Assert.Empty(wrong.OfType<string>());
    }

    /// <summary>What the program would not take; null where it would take all of it.</summary>
    private async Task<string?> WrongAsync(ConsoleCommand command)
    {
        var verb = command.Words.FirstOrDefault() ?? "";
        if (ScriptVerbs.TryGetValue(verb, out var file))
        {
            var source = await File.ReadAllTextAsync(Path.Combine(ConsoleCommand.Root(), file), TestContext.Current.CancellationToken);
            return command.Flags.FirstOrDefault(f => !Mentions(source, f)) is { } unread ? $"{command}: {file} does not read {unread}" : null;
        }

        var path = "";
        foreach (var word in command.Words)
        {
            var help = await HelpAsync(path);
            if (Regex.IsMatch(help, $@"^  {Regex.Escape(word)}\b", RegexOptions.Multiline))
                path = $"{path} {word}".Trim();
            else if (!help.Contains($"ballast {path} <", StringComparison.Ordinal) && !help.Contains($"ballast {path} [<", StringComparison.Ordinal) && !IsValue(command, word))
                return $"{command}: there is no {word} in \"ballast {path}\"";
        }
        var known = command.Flags.Any() ? await HelpAsync(path) : "";
        return command.Flags.FirstOrDefault(f => !Mentions(known, f)) is { } unknown ? $"{command}: \"ballast {path}\" has no {unknown}" : null;
    }

    /// <summary>The value of the flag before it, and no word of the command's own.</summary>
    private static bool IsValue(ConsoleCommand command, string word) =>
        command.Arguments.ToList().IndexOf(word) is > 0 and var at && command.Arguments[at - 1].StartsWith('-') && !command.Arguments[at - 1].Contains('=');

    private static bool Mentions(string text, string flag) => Regex.IsMatch(text, $@"(?<![\w-]){Regex.Escape(flag)}(?![\w-])");

    private Task<string> HelpAsync(string path) => _help.GetOrAdd(path, async words =>
        (await Shell.RunAsync(TestCluster.Program, [.. words.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"])).MustSucceed().Output);
}
