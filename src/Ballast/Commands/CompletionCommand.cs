using System.CommandLine;

namespace Ballast.Commands;

/// <summary><c>ballast completion</c>.</summary>
internal static class CompletionCommand
{
    private const string Bash =
        """
        _ballast_complete() {
          local words
          words=$("${COMP_WORDS[0]}" "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)
          COMPREPLY=( $(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}") )
        }
        complete -o default -F _ballast_complete ballast ./ballast
        """;

    private const string Zsh =
        """
        #compdef ballast
        _ballast() {
          local -a words_found
          words_found=("${(@f)$("${words[1]}" "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)}")
          compadd -- $words_found
        }
        compdef _ballast ballast ./ballast
        """;

    private const string Fish =
        """
        complete -c ballast -f -a '(ballast "[suggest:"(commandline -C)"]" (commandline) 2>/dev/null)'
        """;

    public static Command Create()
    {
        var command = new Command("completion", "Print a shell's completion script.")
            .WithExamples("source <(ballast completion bash)", "ballast completion fish > ~/.config/fish/completions/ballast.fish");
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh or fish." };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        command.Arguments.Add(shell);
        command.OnRun((result, _) =>
        {
            Console.WriteLine(result.GetValue(shell) switch { "bash" => Bash, "zsh" => Zsh, _ => Fish });
            return Task.FromResult(0);
        });
        return command;
    }
}
