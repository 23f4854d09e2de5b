using Ballast.Admin.Files;
using Ballast.Admin.Phases;

namespace Ballast.Admin.Preflight;

/// <summary>Keys that were brought here by hand may be open to others.</summary>
internal sealed class OpenKeysCheck : IPreflightCheck
{
    public Task<IReadOnlyList<PreflightFinding>> RunAsync(PhaseContext context, CancellationToken cancel) =>
        Task.FromResult<IReadOnlyList<PreflightFinding>>([.. OpenKeys.On(context.Paths).Select(sentence => new PreflightFinding("FileMode", false, sentence))]);
}
