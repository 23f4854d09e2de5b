using Ballast.Admin.Phases;

namespace Ballast.Admin.Preflight;

/// <summary>What a check found. An error stops the command unless it is told to ignore the check.</summary>
/// <param name="Check">kubeadm's name of the check, where it has one: <c>Port-6443</c>.</param>
/// <param name="IsError">False for what only costs something.</param>
/// <param name="Sentence">What is wrong, and what would be right.</param>
public sealed record PreflightFinding(string Check, bool IsError, string Sentence);

/// <summary>Looks whether a machine is fit to be a host, before anything is changed on it.</summary>
internal interface IPreflightCheck
{
    Task<IReadOnlyList<PreflightFinding>> RunAsync(PhaseContext context, CancellationToken cancel);
}
