using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;

namespace Ballast.ApiMachinery.Objects;

/// <summary>How JSON is read here: how deep it may nest, and what a document tree does not see until one of its strings is read: text that is no Unicode.</summary>
public static class JsonText
{
    /// <summary>How deep what clients send may nest. The schemas of large custom resources go to about 40; what recurses over a document must not run out of stack.</summary>
    public const int MaxDepth = 200;

    /// <summary>
    /// How deep what is read back may nest: more than was sent, since <c>managedFields</c> has an object's fields some levels further in, and a list has the object.
    /// What could be written but not read would break every list it is in.
    /// </summary>
    public const int StoredDepth = 1000;

    /// <summary>For documents that were checked when they came in.</summary>
    public static JsonDocumentOptions Stored { get; } = new() { MaxDepth = StoredDepth };

    /// <inheritdoc cref="Stored"/>
    public static JsonReaderOptions StoredReader { get; } = new() { MaxDepth = StoredDepth };

    /// <summary>For what clients send.</summary>
    public static JsonDocumentOptions Sent { get; } = new() { MaxDepth = MaxDepth, AllowDuplicateProperties = false };

    /// <inheritdoc cref="Sent"/>
    public static JsonReaderOptions SentReader { get; } = new() { MaxDepth = MaxDepth };

    /// <summary>JSON that stands within a document, as in an annotation: a tree that can be read to its last string.</summary>
    /// <exception cref="FormatException">Not JSON, a field twice, or text that is no Unicode.</exception>
    public static JsonNode? Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            CheckUnicode(json);
            return JsonNode.Parse(json, null, Sent);
        }
        catch (JsonException failure)
        {
            throw new FormatException(failure.Message, failure);
        }
    }

    /// <exception cref="FormatException">Invalid UTF-8, or an escaped half of a surrogate pair.</exception>
    /// <exception cref="JsonException">Not JSON, found on the way.</exception>
    public static void CheckUnicode(ReadOnlySpan<byte> json)
    {
        if (!Utf8.IsValid(json))
            throw new FormatException("invalid UTF-8");
        // Escaped surrogates are rare: only texts with some are read for it.
        if (json.IndexOf(@"\ud"u8) < 0 && json.IndexOf(@"\uD"u8) < 0)
            return;
        var reader = new Utf8JsonReader(json, StoredReader);
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && reader.ValueIsEscaped)
                CheckString(ref reader);
        }
    }

    private static void CheckString(ref Utf8JsonReader reader)
    {
        try
        {
            _ = reader.GetString();
        }
        catch (InvalidOperationException incomplete)
        {
            throw new FormatException("invalid surrogate pair in an escaped string", incomplete);
        }
    }
}
