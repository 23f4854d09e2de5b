using Ballast.Admin.Phases;

namespace Ballast.Admin.Tests;

/// <summary>Keeps what was told.</summary>
internal sealed class NoSteps : ISteps
{
    public List<string> Told { get; } = [];

    public List<string> Warnings { get; } = [];

    public async Task RunAsync(string title, Func<CancellationToken, Task<string>> work, CancellationToken cancel) => await work(cancel);

    public void Tell(string line) => Told.Add(line);

    public void Warn(string sentence) => Warnings.Add(sentence);
}
