using Ballast.Client;
using Ballast.Client.LeaderElection;
using Ballast.Kubelet.Runtimes;
using Ballast.Kubelet.Runtimes.Processes;

namespace Ballast.Kubelet.Nodes;

/// <summary>
/// Releases the Lease of a leader that the process runtime has seen die, so that the next one need not wait for it to expire.
/// Safe because it knows: the identity was given to that one container, every process of the container is gone, and the
/// Lease is written only if it still names that identity, unchanged since it was read. It acts with the dead component's
/// own kubeconfig, so the kubelet needs no right of its own.
/// </summary>
internal sealed class ReapedLeader(ProcessRuntime runtime, TimeProvider time, ILogger<ReapedLeader> logger)
{
    // After this long the Lease has expired by itself.
    private static readonly TimeSpan GiveUpAfter = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(250);
    private static readonly string[] Components = ["kube-controller-manager", "kube-scheduler", "backup-controller"];

    /// <summary>What a component's command says about its election; null where it holds none.</summary>
    internal sealed record Election(string Kubeconfig, string Namespace, string Name)
    {
        public static Election? Of(IReadOnlyList<string> command)
        {
            // A manifest may name the program that has the component: /opt/ballast/ballast kube-scheduler.
            if (command is [var program, _, ..] && Path.GetFileName(program) == "ballast")
                command = [.. command.Skip(1)];
            if (command.Count == 0 || !Components.Contains(command[0]) || Flag(command, "leader-elect") == "false" || Flag(command, "kubeconfig") is not { } kubeconfig)
                return null;
            return new(kubeconfig, Flag(command, "leader-elect-resource-namespace") ?? "kube-system", Flag(command, "leader-elect-resource-name") ?? command[0]);
        }

        private static string? Flag(IReadOnlyList<string> command, string name)
        {
            var prefix = $"--{name}=";
            if (command.LastOrDefault(word => word.StartsWith(prefix, StringComparison.Ordinal)) is { } word)
                return word[prefix.Length..];
            var index = command.ToList().IndexOf($"--{name}");
            return index >= 0 && index + 1 < command.Count ? command[index + 1] : null;
        }
    }

    public async Task RunAsync(CancellationToken cancellation)
    {
        void OnReaped(Container container) => _ = Task.Run(() => ReleaseAsync(container, cancellation), CancellationToken.None);

        runtime.Reaped += OnReaped;
        try
        {
            await Task.Delay(Timeout.Infinite, cancellation);
        }
        finally
        {
            runtime.Reaped -= OnReaped;
        }
    }

    private async Task ReleaseAsync(Container container, CancellationToken cancellation)
    {
        if (Election.Of(container.Config.Command) is not { } election)
            return;
        var identity = runtime.LeaderIdentity(container);
        var begun = time.GetTimestamp();
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                using var client = ClientFactory.Create(election.Kubeconfig, "kubelet");
                if (await ReleaseAsync(new LeaseLock(client, election.Namespace, election.Name, identity), time, cancellation))
                    logger.LogInformation("Released the lease of a dead leader {Lease} {Identity}", $"{election.Namespace}/{election.Name}", identity);
                return;
            }
            catch (Exception e) when (!cancellation.IsCancellationRequested)
            {
                if (time.GetElapsedTime(begun) > GiveUpAfter)
                {
                    logger.LogWarning("The lease of a dead leader is left to expire {Lease} {Identity}: {Error}", $"{election.Namespace}/{election.Name}", identity, e.ApiMessage);
                    return;
                }
            }
            await Task.Delay(RetryInterval, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Empties the lock's record if the lock's identity holds it. False where it does not.</summary>
    internal static async Task<bool> ReleaseAsync(ILeaderLock leaderLock, TimeProvider time, CancellationToken cancellation)
    {
        if (await leaderLock.GetAsync(cancellation) is not { } record || record.HolderIdentity != leaderLock.Identity)
            return false;
        var now = time.GetUtcNow();
        await leaderLock.UpdateAsync(record with { HolderIdentity = "", LeaseDurationSeconds = 1, AcquireTime = now, RenewTime = now }, cancellation);
        return true;
    }
}
