using System.Text.Encodings.Web;
using System.Text.Json;

namespace Ballast.SchemaCompiler;

/// <summary>
/// The file: number of schemas; for each its name, the <c>group|version|kind</c> it stands for (or empty), and the length of its
/// JSON; then the JSON texts one after the other. A reader needs the head only, and a text when its type is first used.
/// </summary>
internal static class CatalogFile
{
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(string path, IEnumerable<NamedSchema> schemas)
    {
        var texts = schemas.Select(s => (s.Name, Kind: KindOf(s), Json: JsonSerializer.SerializeToUtf8Bytes(s.Document, Plain))).ToArray();
        using var writer = new BinaryWriter(File.Create(path));
        writer.Write(texts.Length);
        foreach (var (name, kind, json) in texts)
        {
            writer.Write(name);
            writer.Write(kind);
            writer.Write(json.Length);
        }
        foreach (var (_, _, json) in texts)
            writer.Write(json);
    }

    private static string KindOf(NamedSchema schema) =>
        schema.Document["x-kubernetes-group-version-kind"]?[0] is { } kind ? $"{kind["group"]}|{kind["version"]}|{kind["kind"]}" : "";
}
