using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using k8s;
using k8s.Models;

namespace Ballast.Client;

/// <summary>Reads a watch's body: one JSON document <c>{"type":…,"object":…}</c> a line.</summary>
internal static class WatchStream
{
    public static async IAsyncEnumerable<WatchEvent<T>> ReadAsync<T>(Stream body, [EnumeratorCancellation] CancellationToken cancel)
    {
        var reader = PipeReader.Create(body);
        try
        {
            while (true)
            {
                var read = await reader.ReadAsync(cancel);
                var buffer = read.Buffer;
                while (buffer.PositionOf((byte)'\n') is { } end)
                {
                    var line = buffer.Slice(0, end);
                    if (!line.IsEmpty)
                        yield return Decode<T>(line);
                    buffer = buffer.Slice(buffer.GetPosition(1, end));
                }
                reader.AdvanceTo(buffer.Start, buffer.End);
                if (read.IsCompleted)
                    yield break;
            }
        }
        finally
        {
            await reader.CompleteAsync();
        }
    }

    private static WatchEvent<T> Decode<T>(ReadOnlySequence<byte> line)
    {
        var type = TypeOf(line);
        using var bytes = new MemoryStream(line.ToArray());
        if (type == "ERROR")
        {
            var status = KubernetesJson.Deserialize<Frame<V1Status>>(bytes).Object;
            throw status.Code == 410 ? new WatchExpiredException(status.Message ?? "") : new WatchFailedException(status);
        }
        return new(type switch
        {
            "ADDED" => WatchEventType.Added,
            "MODIFIED" => WatchEventType.Modified,
            "DELETED" => WatchEventType.Deleted,
            "BOOKMARK" => WatchEventType.Bookmark,
            _ => throw new JsonException($"watch event of unknown type \"{type}\""),
        }, KubernetesJson.Deserialize<Frame<T>>(bytes).Object);
    }

    /// <summary>The type decides what the object is; servers write it first, so this reads a few bytes.</summary>
    private static string? TypeOf(ReadOnlySequence<byte> line)
    {
        var reader = new Utf8JsonReader(line, new JsonReaderOptions { MaxDepth = Json.MaxDepth });
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.PropertyName)
                continue;
            var isType = reader.ValueTextEquals("type"u8);
            reader.Read();
            if (isType)
                return reader.GetString();
            reader.Skip();
        }
        return null;
    }

    private sealed record Frame<T>
    {
        [JsonPropertyName("object")]
        public required T Object { get; init; }
    }
}
