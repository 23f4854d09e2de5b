using System.Globalization;

namespace Ballast.ControllerManager.Namespaces;

/// <summary>What a pass over a namespace's content found and left.</summary>
internal sealed class Remains
{
    /// <summary>Group versions that did not answer, and why.</summary>
    public Dictionary<string, string> DiscoveryFailures { get; } = [];

    public List<string> DeletionFailures { get; } = [];

    /// <summary>Objects that are still there, by resource.</summary>
    public SortedDictionary<string, int> Resources { get; } = new(StringComparer.Ordinal);

    /// <summary>Objects that wait for a finalizer, by finalizer.</summary>
    public SortedDictionary<string, int> Finalizers { get; } = new(StringComparer.Ordinal);

    public bool IsEmpty => DiscoveryFailures.Count == 0 && DeletionFailures.Count == 0 && Resources.Count == 0;

    public string ResourcesText => string.Join(", ", Resources.Select(r => string.Create(CultureInfo.InvariantCulture, $"{r.Key} has {r.Value} resource instances")));

    public string FinalizersText => string.Join(", ", Finalizers.Select(f => string.Create(CultureInfo.InvariantCulture, $"{f.Key} in {f.Value} resource instances")));
}
