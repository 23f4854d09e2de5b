using Ballast.Admin.Configuration;
using Ballast.Admin.Hosts;
using Ballast.Admin.Tokens;

namespace Ballast.Admin.Phases;

/// <summary>Makes this machine the first control plane of a cluster.</summary>
public sealed class HostInit(Host host, string program, ISteps steps, TimeProvider time)
{
    /// <param name="init">What was asked for.</param>
    /// <param name="certificateKey">Encrypts the uploaded certificates; null uploads none.</param>
    /// <param name="only">The one phase to run; null for all but the skipped ones.</param>
    /// <param name="dryRun">Lists what would be written, and writes nothing.</param>
    /// <param name="patience">How long each wait may take.</param>
    /// <param name="cancel">Stops where it is; a later init goes on from there.</param>
    public async Task RunAsync(InitConfiguration init, CertificateKey? certificateKey, string? only, bool dryRun, TimeSpan patience, CancellationToken cancel)
    {
        using var context = new PhaseContext(init.Cluster, host, init.Host, program, steps, time)
        {
            Patience = patience,
            Tokens = init.Tokens,
            CertificateKey = certificateKey,
        };
        IReadOnlyList<IPhase> phases = only is null ? HostPhases.Without(HostPhases.Init, init.SkipPhases) : [HostPhases.Find(HostPhases.Init, only)];
        if (dryRun)
            HostPhases.List(phases, context);
        else
            await HostPhases.RunAsync(phases, context, cancel);
    }
}
