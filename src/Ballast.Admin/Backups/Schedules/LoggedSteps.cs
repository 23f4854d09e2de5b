using Ballast.Admin.Phases;
using Microsoft.Extensions.Logging;

namespace Ballast.Admin.Backups.Schedules;

/// <summary>Steps as lines of a component's log.</summary>
internal sealed class LoggedSteps(ILogger logger) : ISteps
{
    public async Task RunAsync(string title, Func<CancellationToken, Task<string>> work, CancellationToken cancel) =>
        logger.LogInformation("{Step}: {Found}", title, await work(cancel));

    public void Tell(string line) => logger.LogInformation("{Line}", line);

    public void Warn(string sentence) => logger.LogWarning("{Sentence}", sentence);
}
