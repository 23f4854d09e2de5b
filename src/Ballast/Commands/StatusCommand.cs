using System.CommandLine;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Ballast.Admin.Status;
using Spectre.Console;

namespace Ballast.Commands;

/// <summary><c>ballast status</c>.</summary>
internal static class StatusCommand
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Command Create()
    {
        var command = new Command("status", "Show hosts, components, leaders, etcd, load balancer and certificates. Exit code 3 where something is wrong.")
            .WithExamples("ballast status", "ballast status -o json | jq .problems", "ballast status --root-dir /");
        var scope = new ClusterOrMachine(command);
        var output = new Option<string>("-o", "--output") { Description = "Form of the output.", DefaultValueFactory = _ => "table" };
        output.AcceptOnlyFromAmong("table", "json");
        command.Options.Add(output);
        command.OnRun(async (result, cancel) =>
        {
            var status = scope.Machine(result) is { } machine
                ? await new MachineStatusReader(machine, TimeProvider.System).ReadAsync(cancel)
                : await new ClusterStatusReader(scope.Cluster(result), TimeProvider.System).ReadAsync(cancel);
            if (result.GetValue(output) == "json")
                Console.WriteLine(JsonSerializer.Serialize(status, Json));
            else
                Print(status);
            return status.Problems.Count == 0 ? 0 : 3;
        });
        return command;
    }

    private static void Print(ClusterStatus status)
    {
        AnsiConsole.MarkupLineInterpolated($"[bold]{status.Name}[/] ({Kind(status)})  {status.Endpoint}");
        Console.WriteLine();
        Table(["HOST", "ROLE", "ADDRESS", "ZONE", "STATE", "NODE", "COMPONENTS"], status.Hosts.Select(h => new[]
        {
            h.Name, h.Role, h.Address, h.Zone, h.State, h.Node,
            string.Join(", ", h.Components.Select(c => $"{c.Name}{(c.MemoryBytes > 0 ? $" {c.MemoryBytes >> 20}Mi" : "")}{(c.State == "running" ? "" : $" ({c.State})")}")),
        }));
        Table(["LEASE", "HOLDER", "RENEWED", "TRANSITIONS"], status.Leaders.Select(l => new[]
        {
            l.Lease, l.Holder, l.RenewedAt?.ToString("u", CultureInfo.InvariantCulture) ?? "", l.Transitions.ToString(CultureInfo.InvariantCulture),
        }));
        Table(["ETCD MEMBER", "ENDPOINT", "HEALTHY", "LEADER", "REVISION", "SIZE"], status.Etcd.Select(m => new[]
        {
            m.Name, m.Endpoint, m.Healthy ? "yes" : "no", m.Leader ? "yes" : "", m.Revision.ToString(CultureInfo.InvariantCulture), $"{m.DatabaseBytes >> 10}Ki",
        }));
        if (status.Backends.Count > 0)
            Table(["LOAD BALANCER BACKEND", "STATE", "CONNECTIONS"], status.Backends.Select(b => new[] { b.Address, b.State, b.Connections.ToString(CultureInfo.InvariantCulture) }));
        Table(["PART", "MEMBERS", "HEALTHY", "MAY FAIL", "WHICH MEANS"], status.Budget.Parts.Select(p => new[]
        {
            p.Name, p.Members.ToString(CultureInfo.InvariantCulture), p.Healthy.ToString(CultureInfo.InvariantCulture), p.MayFail.ToString(CultureInfo.InvariantCulture), p.Meaning,
        }));
        Table(["IF LOST", "API GOES ON", "WHAT HAPPENS"], status.Budget.Losses.Select(l => new[] { l.Host, l.Survives ? "yes" : "no", l.Effect }));
        if (status.Certificates is [var first, ..])
            Console.WriteLine($"The first certificate to end is {first.Name} on {first.Host}, on {first.NotAfter:yyyy-MM-dd} ({status.Certificates.Count} in all; each with -o json).");
        foreach (var problem in status.Problems)
            AnsiConsole.MarkupLineInterpolated($"[red]✗[/] {problem}");
        if (status.Problems.Count == 0)
            AnsiConsole.MarkupLine("[green]✓[/] nothing is wrong");
    }

    private static string Kind(ClusterStatus status) => status.LoadBalancer.Length == 0 ? status.Topology : $"{status.Topology}, load balancer {status.LoadBalancer}";

    private static void Table(string[] columns, IEnumerable<string[]> rows)
    {
        Output.WriteTable(columns, rows);
        Console.WriteLine();
    }
}
