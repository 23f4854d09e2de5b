using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using k8s;

namespace Ballast.Client;

/// <summary>JSON as the API speaks it, in and out of HTTP bodies.</summary>
public static class Json
{
    internal static readonly MediaTypeHeaderValue MediaType = new("application/json");
    internal static readonly MediaTypeHeaderValue MergePatch = new("application/merge-patch+json");
    internal static readonly MediaTypeHeaderValue StrategicMergePatch = new("application/strategic-merge-patch+json");
    internal static readonly MediaTypeHeaderValue JsonPatch = new("application/json-patch+json");

    /// <summary>How deep an object may nest: a custom one, and the fields in its <c>managedFields</c>, go deeper than the serializer's own limit of 64.</summary>
    internal const int MaxDepth = 1000;

    internal static HttpContent Content(object value) => Text(KubernetesJson.Serialize(value), MediaType);

    internal static HttpContent Text(string json, MediaTypeHeaderValue type) =>
        new ByteArrayContent(Encoding.UTF8.GetBytes(json)) { Headers = { ContentType = type } };

    /// <summary>The whole body in memory, so that decoding never waits on the network with a thread.</summary>
    internal static async Task<MemoryStream> BufferAsync(HttpResponseMessage response, CancellationToken cancel)
    {
        var buffer = new MemoryStream((int)Math.Clamp(response.Content.Headers.ContentLength ?? 4096, 0, int.MaxValue));
        await response.Content.CopyToAsync(buffer, cancel);
        buffer.Position = 0;
        return buffer;
    }

    /// <summary>True where both would be the same on the wire, whatever the order of their fields.</summary>
    public static bool Same(object? left, object? right)
    {
        if (ReferenceEquals(left, right))
            return true;
        if (left is null || right is null)
            return false;
        var (a, b) = (KubernetesJson.Serialize(left), KubernetesJson.Serialize(right));
        return a == b || JsonNode.DeepEquals(JsonNode.Parse(a), JsonNode.Parse(b));
    }
}
