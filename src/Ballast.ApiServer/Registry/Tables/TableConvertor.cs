using System.Text.Json.Nodes;

namespace Ballast.ApiServer.Registry.Tables;

/// <summary>The table of a built-in kind.</summary>
/// <param name="schemaName">Where the columns' documentation comes from.</param>
/// <param name="columns">In the order shown.</param>
internal sealed class TableConvertor(string schemaName, IReadOnlyList<Column> columns) : ITableConvertor
{
    /// <summary>Made on first use: reading every kind's schema would hold up the server's start.</summary>
    public IReadOnlyList<TableColumn> Columns =>
        field ??= [.. columns.Select(c => new TableColumn(c.Title, c.Type, c.Format, ColumnDescription.Read(schemaName, c.Doc), c.Priority))];

    public JsonArray Cells(JsonObject document, DateTimeOffset now)
    {
        var cells = new JsonArray();
        foreach (var column in columns)
            cells.Add(column.Cell(document, now));
        return cells;
    }
}
