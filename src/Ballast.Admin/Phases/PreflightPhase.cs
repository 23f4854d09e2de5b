using Ballast.Admin.Clusters;
using Ballast.Admin.Preflight;
using Ballast.Admin.Prerequisites;

namespace Ballast.Admin.Phases;

/// <summary>Looks at the machine before anything is changed on it, but that missing packages are installed.</summary>
public sealed class PreflightPhase : IPhase
{
    private static readonly IPreflightCheck[] Checks = [new PortCheck(), new ExistingDataCheck(), new EtcdVersionCheck(), new PackagedEtcdCheck(), new SwapCheck(), new NameResolutionCheck(), new EtcdDiskCheck(), new ExternalEtcdCheck(), new OpenKeysCheck()];

    public string Name => "preflight";

    public string Title => "Check this host";

    public IEnumerable<string> Writes(PhaseContext context) => [];

    public async Task<string> RunAsync(PhaseContext context, CancellationToken cancel)
    {
        if (context.HasEtcd)
            await new DebianPackages(context.Steps.Warn).EnsureAsync(["etcd-server", "etcd-client"], cancel);
        var ignored = context.Settings.IgnorePreflightErrors;
        var errors = new List<PreflightFinding>();
        foreach (var check in Checks)
        {
            foreach (var finding in await check.RunAsync(context, cancel))
            {
                if (finding.IsError && !ignored.Contains(finding.Check, StringComparer.OrdinalIgnoreCase) && !ignored.Contains("all"))
                    errors.Add(finding);
                else
                    context.Steps.Warn($"[{finding.Check}] {finding.Sentence}");
            }
        }
        if (errors.Count == 0)
            return "";
        throw new ClusterException(string.Join("; ", errors.Select(e => $"[{e.Check}] {e.Sentence}")))
        {
            Hint = $"mend it; or, if you know better: --ignore-preflight-errors {string.Join(',', errors.Select(e => e.Check))}",
        };
    }
}
