using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Ballast.Commands;

/// <summary>Results as a table for people, or as JSON for programs.</summary>
internal sealed class Output
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Option<string> _form = new("-o", "--output") { Description = "Form of the output.", DefaultValueFactory = _ => "table" };

    public Output(Command command)
    {
        _form.AcceptOnlyFromAmong("table", "json");
        command.Options.Add(_form);
    }

    public bool IsJson(ParseResult result) => result.GetValue(_form) == "json";

    /// <summary>Writes the rows in the form that was asked for.</summary>
    public void Write<T>(ParseResult result, IReadOnlyList<T> rows, params (string Column, Func<T, string> Cell)[] columns)
    {
        if (IsJson(result))
            Console.WriteLine(JsonSerializer.Serialize(rows, Json));
        else
            WriteTable([.. columns.Select(c => c.Column)], rows.Select(row => columns.Select(c => c.Cell(row)).ToArray()));
    }

    /// <summary>Columns as wide as their widest cell.</summary>
    public static void WriteTable(string[] columns, IEnumerable<string[]> rows)
    {
        var lines = rows.Prepend(columns).ToArray();
        var widths = columns.Select((_, i) => lines.Max(l => l[i].Length)).ToArray();
        foreach (var line in lines)
            Console.WriteLine(string.Join("   ", line.Select((cell, i) => cell.PadRight(widths[i]))).TrimEnd());
    }
}
