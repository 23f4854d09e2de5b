using Ballast.ApiMachinery.Schemas;

namespace Ballast.ApiServer.Registry.Tables;

internal static class ColumnDescription
{
    /// <summary>The sentence <paramref name="doc"/> is, or the documentation of the field it names below <paramref name="schemaName"/>.</summary>
    public static string Read(string schemaName, string doc)
    {
        if (doc.Contains(' ', StringComparison.Ordinal))
            return doc;
        Schema? schema = SchemaCatalog.BuiltIn.TryGet(schemaName, out var found) ? found : null;
        foreach (var field in doc.Split('.'))
            schema = schema?.Field(field);
        return schema?.Description ?? "";
    }
}
