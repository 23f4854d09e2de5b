using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Schemas;

namespace Ballast.ApiServer.CustomResources;

/// <summary>What etcd has may be older than the schema.</summary>
internal static class StoredForm
{
    /// <summary>Makes of <paramref name="stored"/> what clients see: without the fields that the schema does not know, and with its defaults.</summary>
    public static void BringUpToDate(JsonObject stored, Schema schema)
    {
        _ = UnknownFields.Prune(stored, schema);
        SchemaDefaults.Apply(stored, schema);
    }
}
