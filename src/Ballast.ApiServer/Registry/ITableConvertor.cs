using System.Text.Json.Nodes;

namespace Ballast.ApiServer.Registry;

/// <summary>Turns objects into the rows that <c>kubectl get</c> prints (<c>meta.k8s.io/v1</c> Table).</summary>
public interface ITableConvertor
{
    IReadOnlyList<TableColumn> Columns { get; }

    /// <summary>One cell a column, in order: string, number, bool or null.</summary>
    /// <param name="document">The object, in the version this convertor belongs to.</param>
    /// <param name="now">For ages.</param>
    JsonArray Cells(JsonObject document, DateTimeOffset now);
}

/// <param name="Name">As printed, before kubectl makes it upper case.</param>
/// <param name="Type"><c>string</c>, <c>integer</c>, <c>number</c>, <c>boolean</c> or <c>date</c>.</param>
/// <param name="Format"><c>name</c> on the first column, else empty.</param>
/// <param name="Description">The field's documentation.</param>
/// <param name="Priority">0 is always shown, others with <c>-o wide</c>.</param>
public sealed record TableColumn(string Name, string Type, string Format, string Description, int Priority);
