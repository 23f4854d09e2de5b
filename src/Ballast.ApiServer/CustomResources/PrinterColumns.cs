using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ballast.ApiMachinery.JsonPaths;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Registry;
using Ballast.ApiServer.Registry.Tables;

namespace Ballast.ApiServer.CustomResources;

/// <summary>The table of a custom resource: the name, then what <c>additionalPrinterColumns</c> asks for, or the age where it asks for nothing.</summary>
internal sealed class PrinterColumns(IReadOnlyList<JsonObject> columns) : ITableConvertor
{
    private const string ObjectMeta = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

    // A path that is not readable was refused here; another server may have let it in, and then finds nothing.
    private readonly IReadOnlyList<(string Type, JsonPath? Path)> _cells = columns.Count == 0
        ? [("date", JsonPath.Parse(".metadata.creationTimestamp"))]
        : [.. columns.Select(c => (c.Text("type"), JsonPath.TryParse(c.Text("jsonPath"), out var path, out _) ? path : null))];

    public IReadOnlyList<TableColumn> Columns => field ??=
    [
        new("Name", "string", "name", ColumnDescription.Read(ObjectMeta, "name"), 0),
        .. columns.Count == 0 ? [new TableColumn("Age", "date", "", ColumnDescription.Read(ObjectMeta, "creationTimestamp"), 0)] : columns.Select(Column),
    ];

    public JsonArray Cells(JsonObject document, DateTimeOffset now)
    {
        var cells = new JsonArray(document.Name);
        foreach (var (type, path) in _cells)
            cells.Add(Cell(type, path?.Find(document).FirstOrDefault(), now));
        return cells;
    }

    private static TableColumn Column(JsonObject column) => new(
        column.Text("name"), column.Text("type"), column.Text("format"),
        column.Text("description") is { Length: > 0 } text ? text : $"Custom resource definition column (in JSONPath format): {column.Text("jsonPath")}",
        (int)(column.LongAt("priority") ?? 0));

    private static JsonNode? Cell(string type, JsonNode? value, DateTimeOffset now) => (type, value?.GetValueKind()) switch
    {
        (_, null or JsonValueKind.Null) => null,
        ("integer", JsonValueKind.Number) => Number(value) is var number && double.IsInteger(number) ? value.DeepClone() : (long)number,
        ("number", JsonValueKind.Number) => value.DeepClone(),
        ("boolean", JsonValueKind.True or JsonValueKind.False) => value.DeepClone(),
        ("date", JsonValueKind.String) => Since(value.GetValue<string>(), now),
        ("string", JsonValueKind.String) => value.DeepClone(),
        ("string", _) => value.ToJsonString(),
        _ => null,
    };

    private static string Since(string time, DateTimeOffset now) =>
        KubernetesTime.TryParse(time, out var then) ? HumanDuration.Format(now - then) : "<invalid>";

    private static double Number(JsonNode value) => double.Parse(value.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture);
}
