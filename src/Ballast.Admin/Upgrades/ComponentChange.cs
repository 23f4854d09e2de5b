namespace Ballast.Admin.Upgrades;

/// <summary>What an upgrade makes of one component of a host.</summary>
/// <param name="Host">Where it runs.</param>
/// <param name="Component"><c>kube-apiserver</c>, <c>kubelet</c> …</param>
/// <param name="Current">Its version now; empty where it cannot be told.</param>
/// <param name="Target">Its version afterwards.</param>
/// <param name="Changes">What else changes: the program, flags. Empty where it stays as it is.</param>
public sealed record ComponentChange(string Host, string Component, string Current, string Target, IReadOnlyList<string> Changes)
{
    public bool IsNeeded => Changes.Count > 0 || (Current.Length > 0 && Current != Target);
}
