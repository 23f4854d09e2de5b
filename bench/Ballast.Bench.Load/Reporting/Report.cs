using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ballast.Bench.Load.Workloads;
using Spectre.Console;

namespace Ballast.Bench.Load.Reporting;

/// <summary>Tells the results, to people or to programs.</summary>
internal static class Report
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static void WriteTable(IReadOnlyList<Result> results, TextWriter output)
    {
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumns("work", "ours", "goal", "reference", "ratio", "rate/s", "ref. rate/s", "p50 ms", "p99 ms", "");
        foreach (var numbers in table.Columns.Skip(1).Take(8))
            numbers.RightAligned();
        foreach (var result in results)
        {
            var (work, figures) = (result.Work, result.Figures);
            table.AddRow(new[]
            {
                work.Title,
                WithUnit(result.Ours, work),
                work.Goal.In(work.Unit) is { } goal ? "≤ " + WithUnit(goal, work) : "-",
                WithUnit(result.Reference.In(work.Unit), work),
                Number(result.Ratio),
                Number(figures?.PerSecond),
                Number(result.Reference.PerSecond),
                Number(figures?.P50Milliseconds),
                Number(figures?.P99Milliseconds) + (work.Goal.P99Milliseconds is { } most ? $" (≤ {Number(most)})" : ""),
                Verdict(result),
            }.Select(Markup.Escape).ToArray());
        }
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output), ColorSystem = ColorSystemSupport.NoColors });
        console.Profile.Width = 200;
        console.Write(table);
        foreach (var failed in results.Where(r => r.Failure is not null))
            output.WriteLine($"{failed.Work.Title}: {failed.Failure}");
    }

    public static void WriteJson(IReadOnlyList<Result> results, TextWriter output)
    {
        var works = new JsonArray();
        foreach (var result in results)
        {
            var row = new JsonObject { ["work"] = result.Work.Key, ["title"] = result.Work.Title };
            if (result.Figures is { } figures)
                row["figures"] = Json(figures);
            if (result.Failure is { } failure)
                row["failure"] = failure;
            row["goal"] = Json(result.Work.Goal);
            row["reference"] = Json(result.Reference);
            row["ratio"] = result.Ratio;
            row["goalMet"] = result.IsGoalMet;
            works.Add(row);
        }
        output.WriteLine(works.ToJsonString(Indented));
    }

    private static JsonObject Json(Figures figures)
    {
        var json = new JsonObject();
        foreach (var (name, value) in new (string, double?)[]
        {
            ("cpuMilliseconds", figures.CpuMilliseconds), ("perSecond", figures.PerSecond), ("p50Milliseconds", figures.P50Milliseconds),
            ("p99Milliseconds", figures.P99Milliseconds), ("seconds", figures.Seconds), ("mebiBytes", figures.MebiBytes),
        })
        {
            if (value is not null)
                json[name] = value;
        }
        return json;
    }

    private static string Verdict(Result result) => result switch
    {
        { Failure: not null } => "failed",
        { IsGoalMet: true } => "met",
        { IsGoalMet: false } => "missed",
        _ => "",
    };

    private static string WithUnit(double? value, Work work) => value is null ? "-" : $"{Number(value)} {work.Unit}";

    /// <summary>Three digits that count.</summary>
    private static string Number(double? value) => value switch
    {
        null => "",
        >= 100 => value.Value.ToString("N0", CultureInfo.InvariantCulture),
        >= 10 => value.Value.ToString("0.0", CultureInfo.InvariantCulture),
        >= 1 => value.Value.ToString("0.00", CultureInfo.InvariantCulture),
        >= 0.1 => value.Value.ToString("0.000", CultureInfo.InvariantCulture),
        _ => value.Value.ToString("0.0000", CultureInfo.InvariantCulture),
    };
}
