using Ballast.Admin.Phases;

namespace Ballast.Admin.Preflight;

/// <summary>Swap makes latencies that look like failures.</summary>
internal sealed class SwapCheck(string swaps = "/proc/swaps") : IPreflightCheck
{
    public Task<IReadOnlyList<PreflightFinding>> RunAsync(PhaseContext context, CancellationToken cancel)
    {
        var used = File.Exists(swaps) ? File.ReadLines(swaps).Skip(1).Select(l => l.Split([' ', '\t'], 2)[0]).ToArray() : [];
        IReadOnlyList<PreflightFinding> findings = used.Length == 0 ? []
            : [new("Swap", false, $"swap is on ({string.Join(", ", used)}): a control plane that is swapped out looks dead; turn it off with swapoff -a")];
        return Task.FromResult(findings);
    }
}
