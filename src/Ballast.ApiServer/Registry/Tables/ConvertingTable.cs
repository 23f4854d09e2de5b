using System.Text.Json.Nodes;

namespace Ballast.ApiServer.Registry.Tables;

/// <summary>Shows an object of another version with the storage version's columns, so that a kind's table is written once.</summary>
internal sealed class ConvertingTable(ITableConvertor storage, Func<JsonObject, JsonObject> toStorage) : ITableConvertor
{
    public IReadOnlyList<TableColumn> Columns => storage.Columns;

    public JsonArray Cells(JsonObject document, DateTimeOffset now) => storage.Cells(toStorage(document), now);
}
