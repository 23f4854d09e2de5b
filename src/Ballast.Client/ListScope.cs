namespace Ballast.Client;

/// <summary>Which objects of a kind are meant; the default is all of them.</summary>
/// <param name="Namespace">Null for every namespace, and for cluster-scoped kinds.</param>
/// <param name="LabelSelector">As the API takes it; null for any.</param>
/// <param name="FieldSelector">As the API takes it; null for any.</param>
public sealed record ListScope(string? Namespace = null, string? LabelSelector = null, string? FieldSelector = null)
{
    public static readonly ListScope All = new();

    /// <summary>One object, by name: a watch on it costs the server a field match.</summary>
    public static ListScope One(string? ns, string name) => new(ns, FieldSelector: $"metadata.name={name}");
}
