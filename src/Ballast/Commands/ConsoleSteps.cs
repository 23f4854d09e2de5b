using System.Globalization;
using Ballast.Admin.Phases;
using Spectre.Console;

namespace Ballast.Commands;

/// <summary>Shows steps on standard error: with a spinner on a terminal, as plain lines elsewhere.</summary>
internal sealed class ConsoleSteps(TimeProvider time) : ISteps
{
    private readonly IAnsiConsole _console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });

    public async Task RunAsync(string title, Func<CancellationToken, Task<string>> work, CancellationToken cancel)
    {
        var start = time.GetTimestamp();
        var found = IsTerminal
            ? await _console.Status().StartAsync(title.EscapeMarkup(), _ => work(cancel))
            : await work(cancel);
        var seconds = time.GetElapsedTime(start).TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture);
        if (IsTerminal)
            _console.MarkupLine($"[green]✓[/] {title.EscapeMarkup(),-46} {seconds,6} s  [grey]{found.EscapeMarkup()}[/]");
        else
            Console.Error.WriteLine($"✓ {title,-46} {seconds,6} s  {found}".TrimEnd());
    }

    public void Tell(string line) => Console.WriteLine(line);

    public void Warn(string sentence)
    {
        if (IsTerminal)
            _console.MarkupLine($"[yellow]![/] {sentence.EscapeMarkup()}");
        else
            Console.Error.WriteLine($"! {sentence}");
    }

    private bool IsTerminal => _console.Profile.Capabilities.Interactive && _console.Profile.Out.IsTerminal;
}
