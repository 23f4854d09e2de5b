using System.Globalization;
using Ballast.Integration.Tests.Clusters;

namespace Ballast.Integration.Tests.Hosts;

/// <summary>Whatever an operator does on machines, and whenever the command dies: run again it ends well, and no client has seen anything that cannot be.</summary>
public sealed class MachineDrillTests(ITestOutputHelper output)
{
    private const int Rounds = 6;

    [Fact]
    [Trait("Category", "Long")]
    public async Task Changes_of_machines_that_are_killed_at_random_moments_end_well_when_they_are_run_again()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        await using var network = await Machines.NetworkAsync();
        await network.OpenAsync();
        var machines = new Machines(network);
        var join = await machines.InitAsync("cp1");
        var key = await machines.UploadAsync("cp1");
        await Task.WhenAll(machines.JoinAsync("cp2", join, key), machines.JoinAsync("cp3", join, key));
        await using var history = RegisterHistory.Start($"{network.Root("cp1")}/etc/kubernetes/admin.conf");

        var drill = new Drill(history, async () =>
        {
            await machines.VotersAsync("cp1", "cp1", "cp2", "cp3");
            return (await machines.BallastAsync("cp1", "status")).Code == 0;
        }, output);
        await drill.RunAsync(random, Rounds,
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
            round => DoneAsync($"cp{random.Next(1, 4)}", "certs", "renew", "all"));

        // Killed once or twice, then let be.
        async Task DoneAsync(string host, params string[] arguments)
        {
            for (var kills = random.Next(1, 3); kills > 0; kills--)
            {
                var wait = TimeSpan.FromSeconds(8) * random.NextDouble();
                var code = await machines.KilledAsync(host, Task.Delay(wait, TestContext.Current.CancellationToken), arguments);
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{arguments[0]} {arguments[1]} on {host}: {(code == 0 ? "over" : "killed")} after {wait.TotalSeconds:0.00} s"));
                if (code == 0)
                    return;
            }
            var again = await machines.BallastAsync(host, arguments);
            // A member that was replaced before the command died is healthy by now, and says so.
            if (!again.Error.Contains("there is nothing to replace", StringComparison.Ordinal))
                again.MustSucceed();
        }
    }
}
