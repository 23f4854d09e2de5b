using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;

namespace Ballast.ApiServer.Registry.Tables;

/// <summary>One column of <c>kubectl get</c>: its heading and how its cell reads from an object.</summary>
/// <param name="Title">The heading.</param>
/// <param name="Type">The cell's type.</param>
/// <param name="Doc">The path of the field whose documentation describes the column (<c>spec.replicas</c>), or a sentence.</param>
/// <param name="Cell">Reads the cell; the time is for ages.</param>
internal sealed record Column(string Title, string Type, string Doc, Func<JsonObject, DateTimeOffset, JsonNode?> Cell)
{
    public string Format { get; private init; } = "";

    public int Priority { get; private init; }

    public static Column ObjectName { get; } = Name(d => d.Name);

    public static Column Age { get; } = Text("Age", "metadata.creationTimestamp", (d, now) => Cells.Since(d.Text("metadata", "creationTimestamp"), now));

    /// <summary>What a kind without columns of its own shows beside the name.</summary>
    public static Column CreatedAt { get; } = new("Created At", "date", "metadata.creationTimestamp", (d, _) => d.Text("metadata", "creationTimestamp"));

    public static Column Name(Func<JsonObject, string> cell) => new("Name", "string", "metadata.name", (d, _) => cell(d)) { Format = "name" };

    public static Column Text(string title, string doc, Func<JsonObject, string> cell) => new(title, "string", doc, (d, _) => cell(d));

    public static Column Text(string title, string doc, Func<JsonObject, DateTimeOffset, string> cell) => new(title, "string", doc, (d, now) => cell(d, now));

    /// <summary>A number under a heading of type string, where upstream's printer has it so.</summary>
    public static Column Number(string title, string doc, Func<JsonObject, long> cell) => new(title, "string", doc, (d, _) => cell(d));

    public static Column Integer(string title, string doc, Func<JsonObject, long> cell) => new(title, "integer", doc, (d, _) => cell(d));

    public static Column Boolean(string title, string doc, Func<JsonObject, bool> cell) => new(title, "boolean", doc, (d, _) => cell(d));

    /// <summary>Shown with <c>-o wide</c> only.</summary>
    public Column Wide => this with { Priority = 1 };

    /// <summary>A cell that names an object, though it is not the first.</summary>
    public Column AsName => this with { Format = "name" };
}
