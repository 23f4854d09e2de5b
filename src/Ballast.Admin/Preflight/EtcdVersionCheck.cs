using System.Diagnostics;
using Ballast.Admin.Phases;
using Ballast.Admin.Prerequisites;

namespace Ballast.Admin.Preflight;

/// <summary>The etcd that is installed is one that API servers can work with.</summary>
/// <param name="program">Name or path of the executable.</param>
internal sealed class EtcdVersionCheck(string program = "etcd") : IPreflightCheck
{
    private const string Said = "etcd Version: ";

    /// <summary>The first whose watches can be asked for progress.</summary>
    private static readonly Version Oldest = new(3, 4);

    public async Task<IReadOnlyList<PreflightFinding>> RunAsync(PhaseContext context, CancellationToken cancel)
    {
        if (!context.HasEtcd)
            return [];
        return await VersionAsync(cancel) is not { } version ? [new("EtcdVersion", true, $"{program} --version does not say which version it is")]
            : Trouble(version) is { } trouble ? [new("EtcdVersion", true, $"the etcd of this machine {trouble}")] : [];
    }

    /// <param name="version">As etcd names it: <c>3.5.24</c>.</param>
    /// <returns>What is wrong with it; null where it will do.</returns>
    internal static string? Trouble(string version) =>
        !Version.TryParse(version.Split('-')[0], out var parsed) ? $"has the version \"{version}\", which is none of etcd's"
        : parsed < Oldest ? $"is {version}: {Oldest} is the oldest that the API server works with" : null;

    private async Task<string?> VersionAsync(CancellationToken cancel)
    {
        if (DebianPackages.Find(program) is not { } path)
            return null;
        using var etcd = Process.Start(new ProcessStartInfo(path, "--version") { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = etcd.StandardError.ReadToEndAsync(cancel);
        var output = await etcd.StandardOutput.ReadToEndAsync(cancel);
        await errors;
        await etcd.WaitForExitAsync(cancel);
        return output.Split('\n').FirstOrDefault(l => l.StartsWith(Said, StringComparison.Ordinal))?[Said.Length..].Trim();
    }
}
