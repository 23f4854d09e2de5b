using System.Text.Json.Serialization;
using k8s;
using k8s.Models;

namespace Ballast.Client;

/// <summary>An object of any kind without its spec and status.</summary>
public sealed record PartialObjectMetadata : IKubernetesObject<V1ObjectMeta>
{
    [JsonPropertyName("apiVersion")]
    public string ApiVersion { get; set; } = "";

    [JsonPropertyName("kind")]
    public string Kind { get; set; } = "";

    [JsonPropertyName("metadata")]
    public V1ObjectMeta Metadata { get; set; } = new();
}
