using System.Text.Json.Serialization;
using k8s.Models;

namespace Ballast.Client;

/// <summary>What a list answers, for any kind.</summary>
public sealed record ResourceList<T>
{
    [JsonPropertyName("metadata")]
    public V1ListMeta Metadata { get; set; } = new();

    [JsonPropertyName("items")]
    public IList<T> Items { get; set; } = [];
}
