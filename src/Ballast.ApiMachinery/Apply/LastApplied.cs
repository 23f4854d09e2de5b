using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.Schemas;

namespace Ballast.ApiMachinery.Apply;

/// <summary>
/// The annotation in which <c>kubectl apply</c> remembers what it applied from the client's side, and which lets the same user go over to server-side apply: the
/// fields that still are as it applied them are its own, whoever managedFields says made them.
/// </summary>
internal static class LastApplied
{
    public const string Annotation = "kubectl.kubernetes.io/last-applied-configuration";

    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = JsonText.StoredDepth };

    public static bool IsOn(JsonObject document) => document.Annotations?.StringAt(Annotation) is not null;

    /// <summary>The fields that <paramref name="live"/> has as they were last applied.</summary>
    public static FieldSet UnchangedFields(JsonObject live, Schema schema)
    {
        if (Read(live) is not { } applied)
            return FieldSet.Empty;
        var since = Comparison.Of(applied, live, schema);
        return TypedFields.Of(applied, schema).Difference(since.Changed).Difference(since.Removed);
    }

    /// <summary>Remembers <paramref name="applied"/> on <paramref name="document"/>, for users who go back.</summary>
    public static void Write(JsonObject document, JsonObject applied)
    {
        var remembered = applied.DeepClone().AsObject();
        _ = remembered.Annotations?.Remove(Annotation);
        _ = remembered.MetadataOrNull?.Remove("managedFields");
        document.Metadata.ObjectAt("annotations")[Annotation] = remembered.ToJsonString(Plain) + "\n";
    }

    private static JsonObject? Read(JsonObject live)
    {
        try
        {
            return live.Annotations?.StringAt(Annotation) is { } text ? JsonText.Parse(Encoding.UTF8.GetBytes(text)) as JsonObject : null;
        }
        catch (FormatException)
        {
            return null; // anyone may write annotations; one that is no object allows nothing
        }
    }
}
