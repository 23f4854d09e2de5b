using System.Globalization;
using Ballast.Integration.Tests.Clusters;

namespace Ballast.Integration.Tests;

/// <summary>Whatever an operator does to a cluster, and whenever the command dies: run again it ends well, and no client has seen anything that cannot be.</summary>
public sealed class ChangeDrillTests(ITestOutputHelper output)
{
    private const int Rounds = 8;

    private static readonly string[] Hosts = ["control-plane-1", "control-plane-2", "control-plane-3"];

    [Fact]
    [Trait("Category", "Long")]
    public async Task Changes_of_a_cluster_that_are_killed_at_random_moments_end_well_when_they_are_run_again()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        await using var cluster = await TestCluster.UpAsync("--control-planes", "3", "--workers", "1");
        await using var history = RegisterHistory.Start(cluster.Kubeconfig);
        var drill = new Drill(history, async () => (await cluster.StatusAsync())["problems"]!.AsArray().Count == 0, output);
        await drill.RunAsync(random, Rounds,
            round => DoneAsync("upgrade", "apply", "--yes", "--extra-arg", $"kube-apiserver:v={round + 1}"),
            round => DoneAsync("up", "--control-planes", "5", "--workers", "2"),
            round => DoneAsync("up", "--control-planes", "3", "--workers", "1"),
            async round =>
            {
                var host = Hosts[random.Next(3)];
                (await cluster.BallastAsync("node", "kill", host)).MustSucceed();
                Directory.Delete(Path.Combine(cluster.HostFolder(host), "var/lib/etcd"), recursive: true);
                await DoneAsync("etcd", "replace", host);
            },
            round => DoneAsync("certs", "renew", "all"),
            round => DoneAsync("certs", "rotate-ca"),
            round => DoneAsync("etcd", "defrag"));

        // Killed once or twice, then let be.
        async Task DoneAsync(params string[] command)
        {
            for (var kills = random.Next(1, 3); kills > 0; kills--)
            {
                var wait = TimeSpan.FromSeconds(15) * random.NextDouble();
                var killed = await cluster.BallastKilledWhenAsync(Task.Delay(wait, TestContext.Current.CancellationToken), command);
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{string.Join(' ', command)} {(killed ? "killed" : "over")} after {wait.TotalSeconds:0.00} s"));
                if (!killed)
                    break;
            }
            await AgainAsync(cluster, command);
        }
    }

    private static async Task AgainAsync(TestCluster cluster, string[] command)
    {
        var again = await cluster.BallastAsync(TimeSpan.FromMinutes(6), command);
        // A member that was replaced before the command died is healthy by now, and says so.
        if (again.Code != 0 && !again.Error.Contains("there is nothing to replace", StringComparison.Ordinal))
            again.MustSucceed();
    }
}
