using System.Globalization;
using Ballast.Integration.Tests.Clusters;

namespace Ballast.Integration.Tests.Hosts;

/// <summary>Whatever an operator does on machines, and whenever the command dies: run again it ends well, and no client has seen anything that cannot be.</summary>
public sealed class MachineDrillTests(ITestOutputHelper output)
{
    private const int Rounds = 6;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Category", "Long")]
    public async Task Changes_of_machines_that_are_killed_at_random_moments_end_well_when_they_are_run_again()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        await using var network = await Machines.NetworkAsync();
        await network.ReachAsync();
        var machines = new Machines(network);
        var join = await machines.InitAsync("cp1");
        var key = await machines.UploadAsync("cp1");
        await Task.WhenAll(machines.JoinAsync("cp2", join, key), machines.JoinAsync("cp3", join, key));
        await using var history = RegisterHistory.Start($"{network.Root("cp1")}/etc/kubernetes/admin.conf");

        Func<int, Task>[] changes =
        [
            async round =>
            {
                var host = random.Next(2) == 0 ? "cp2" : "cp3";
                await DoneAsync(host, "reset", "--yes");
                await DoneAsync(host, [.. join, "--control-plane", "--certificate-key", key, "--node-name", host, "--wait", "60s"]);
            },
            async round =>
            {
                await DoneAsync("cp1", "upgrade", "apply", "--yes", "--extra-arg", $"kube-apiserver:v={round + 1}");
                await DoneAsync("cp2", "upgrade", "node");
                await DoneAsync("cp3", "upgrade", "node");
            },
            async round =>
            {
                var host = random.Next(2) == 0 ? "cp2" : "cp3";
                await network.KillAsync(host);
                Directory.Delete($"{network.Root(host)}/var/lib/etcd", recursive: true);
                await DoneAsync(host, "etcd", "replace");
            },
            round => DoneAsync($"cp{random.Next(1, 4)}", "certs", "renew", "all"),
        ];
        var order = Enumerable.Range(0, changes.Length).OrderBy(_ => random.Next()).Concat(Enumerable.Range(0, Rounds)).Take(Rounds).ToList();
        foreach (var (round, which) in order.Index())
        {
            var before = history.Acknowledged;
            await changes[which](round);
            await machines.VotersAsync("cp1", "cp1", "cp2", "cp3");
            await TestCluster.EventuallyAsync(async () => (await machines.BallastAsync("cp1", "status")).Code == 0, TimeSpan.FromSeconds(90), $"nothing is wrong after round {round}");
            await TestCluster.EventuallyAsync(() => Task.FromResult(history.Acknowledged > before + 20), TimeSpan.FromSeconds(30), "writes go on");
            Assert.Empty(history.Violations);
        }
        await history.CheckAsync();
        output.WriteLine(history.ToString());

        // Killed once or twice, then let be.
        async Task DoneAsync(string host, params string[] arguments)
        {
            for (var kills = random.Next(1, 3); kills > 0; kills--)
            {
                var wait = TimeSpan.FromSeconds(8) * random.NextDouble();
                using var process = machines.Start(host, arguments);
                var ended = process.WaitForExitAsync(Cancel);
                await Task.WhenAny(ended, Task.Delay(wait, Cancel));
                process.Kill(entireProcessTree: false);
                await ended;
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{arguments[0]} {arguments[1]} on {host}: {(process.ExitCode == 0 ? "over" : "killed")} after {wait.TotalSeconds:0.00} s"));
                if (process.ExitCode == 0)
                    return;
            }
            var again = await machines.BallastAsync(host, arguments);
            // A member that was replaced before the command died is healthy by now, and says so.
            if (!again.Error.Contains("there is nothing to replace", StringComparison.Ordinal))
                again.MustSucceed();
        }
    }
}
