using System.Net;
using Ballast.Admin.Backups.Schedules;
using Ballast.Admin.Clusters;
using Ballast.Admin.EtcdQuorum;
using Ballast.Admin.Files;
using Ballast.Admin.Hosts;
using Ballast.Admin.LoadBalancers;
using Ballast.Client;
using Ballast.Etcd;
using Grpc.Core;
using k8s.Autorest;
using k8s.Models;

namespace Ballast.Admin.Rollouts;

/// <summary>
/// Takes the static pods of a host to other manifests, one component after the other: etcd, kube-apiserver, kube-controller-manager, kube-scheduler, backup-controller, the host's load balancer. Before each, everything
/// that has to carry on without it must be well; after each, it must be well itself. An API server is drained by its own shutdown delay. The first failure stops it;
/// run again it goes on where it was: a component that has been started since its manifest was written, and is well, is left alone.
/// </summary>
/// <param name="host">A control plane, or a host with an etcd member.</param>
/// <param name="scope">The cluster around it.</param>
/// <param name="time">The clock.</param>
public sealed class HostRollout(Host host, RolloutScope scope, TimeProvider time)
{
    /// <summary>How long one component may take to be well again.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private static readonly TimeSpan PollEvery = TimeSpan.FromMilliseconds(250);

    /// <summary>Any load balancer has found a server ready by then.</summary>
    private static readonly TimeSpan UntilBalanced = TimeSpan.FromSeconds(3);

    /// <summary>What ended so often since its manifest was written does so because of it.</summary>
    private const int RestartsOfABrokenOne = 3;

    private readonly ManifestBackups _backups = new(host.Paths);
    private readonly List<string> _touched = [];

    /// <summary>In the order they are taken.</summary>
    public static IReadOnlyList<string> Components { get; } = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", BackupSettings.Component, HostBalancer.Component];

    /// <param name="manifest">The new manifest of a component, given the one that is there.</param>
    /// <param name="cancel">Stops it after the component that is under way.</param>
    /// <returns>The components that were started anew.</returns>
    /// <exception cref="ClusterException">What has to carry on is not well, or a component did not come back.</exception>
    public async Task<IReadOnlyList<string>> RunAsync(Func<string, string, string> manifest, CancellationToken cancel)
    {
        var taken = new List<string>();
        foreach (var component in Components.Where(c => File.Exists(host.Paths.Manifest(c))))
        {
            cancel.ThrowIfCancellationRequested();
            var current = await File.ReadAllTextAsync(host.Paths.Manifest(component), cancel);
            var wanted = manifest(component, current);
            var well = await IsWellAsync(component, cancel);
            if (current == wanted && well)
                continue;
            if (current != wanted)
            {
                await UntilAsync($"{component}@{host.Name} is not touched", token => OthersTroubleAsync(component, token), cancel);
                if (well)
                    _backups.Keep(component, current);
                AtomicFile.Write(host.Paths.Manifest(component), wanted, AtomicFile.Secret);
            }
            _touched.Add(component);
            await BackAsync(component, cancel);
            taken.Add(component);
        }
        return taken;
    }

    /// <summary>Gives the components that were taken, and the one that failed, the last manifests that were seen well; waits until they are so again.</summary>
    /// <returns>Which; empty where nothing had been changed.</returns>
    /// <exception cref="ClusterException">One did not come back with its old manifest either.</exception>
    public async Task<IReadOnlyList<string>> PutBackAsync(CancellationToken cancel)
    {
        var back = new List<string>();
        foreach (var component in Enumerable.Reverse(_touched))
        {
            if (_backups.Find(component) is not { } old || old == await File.ReadAllTextAsync(host.Paths.Manifest(component), cancel))
                continue;
            AtomicFile.Write(host.Paths.Manifest(component), old, AtomicFile.Secret);
            await BackAsync(component, cancel);
            back.Add(component);
        }
        return back;
    }

    private async Task BackAsync(string component, CancellationToken cancel)
    {
        var written = Written(component);
        await UntilAsync($"{component}@{host.Name} did not come back", async token =>
            RefuseBroken(component, written) ?? (RunsSince(component, written) ? await TroubleAsync(component, token) : "it has not been started with its new manifest yet"), cancel);
        if (component == "kube-apiserver")
            await Task.Delay(UntilBalanced, time, cancel);
    }

    private async Task<bool> IsWellAsync(string component, CancellationToken cancel)
    {
        try
        {
            return RunsSince(component, Written(component)) && await TroubleAsync(component, cancel) is null;
        }
        catch (Exception silent) when (IsSilence(silent, cancel))
        {
            return false;
        }
    }

    /// <summary>Does not wait for what will not be: a component that ends each time it is started.</summary>
    private string? RefuseBroken(string component, DateTime written) =>
        PodLog.Find(host, component, written) is { Restarts: >= RestartsOfABrokenOne } log
            ? throw new ClusterException($"{component}@{host.Name} ends again and again: {(log.LastWords() is { Length: > 0 } words ? words : "it says nothing")}") { Hint = Hint }
            : null;

    private DateTime Written(string component) => File.GetLastWriteTimeUtc(host.Paths.Manifest(component));

    private string Hint => $"look at: {scope.Look}; then run the same command again, it goes on from here";

    private bool RunsSince(string component, DateTime written) =>
        new HostProcesses(host.Paths).List().Where(p => p.Component == component).ToList() is [var only] && only.StartedAt() >= written;

    /// <summary>What is wrong with the others of its kind; null where one may be missing now.</summary>
    private async Task<string?> OthersTroubleAsync(string component, CancellationToken cancel)
    {
        if (component == "etcd")
            return await EtcdTroubleAsync(m => m.Name != host.Name, cancel);
        foreach (var other in component == "kube-apiserver" ? scope.ApiServers.Where(a => !a.Equals(host.Address)) : [])
        {
            if (await ReadyzTroubleAsync(other, cancel) is { } trouble)
                return $"kube-apiserver at {other}: {trouble}";
        }
        return null;
    }

    private async Task<string?> TroubleAsync(string component, CancellationToken cancel) => component switch
    {
        "etcd" => await EtcdTroubleAsync(_ => true, cancel),
        "kube-apiserver" => await ReadyzTroubleAsync(host.Address, cancel),
        HostBalancer.Component => await PodTroubleAsync(component, cancel),
        _ => await PodTroubleAsync(component, cancel) ?? await LeaseTroubleAsync(component, cancel),
    };

    private async Task<string?> EtcdTroubleAsync(Func<MemberStatus, bool> which, CancellationToken cancel)
    {
        using var etcd = scope.Etcd();
        var members = await new EtcdMembership(etcd, time).ListAsync(cancel);
        return members.FirstOrDefault(m => which(m) && !m.Healthy) is { } ill ? $"the etcd member {ill.Called} is not healthy: {ill.Error}" : null;
    }

    private async Task<string?> ReadyzTroubleAsync(IPAddress address, CancellationToken cancel)
    {
        using var http = ClusterReadiness.TrustingClient(scope.CaFile);
        using var answer = await http.GetAsync(new Uri($"https://{new IPEndPoint(address, 6443)}/readyz"), cancel);
        return answer.IsSuccessStatusCode ? null : $"/readyz answers {(int)answer.StatusCode}";
    }

    private async Task<string?> PodTroubleAsync(string component, CancellationToken cancel)
    {
        using var client = Admin();
        var pod = await client.Resources<V1Pod>().FindAsync("kube-system", $"{component}-{host.Name}", cancel);
        // The kubelet tells whole seconds.
        return pod?.Status?.ContainerStatuses is [{ State.Running.StartedAt: { } started }] && started >= Written(component).AddSeconds(-1)
            && pod.IsReady
            ? null : "its pod is not Ready";
    }

    private async Task<string?> LeaseTroubleAsync(string component, CancellationToken cancel)
    {
        using var client = Admin();
        var lease = await client.Resources<V1Lease>().FindAsync("kube-system", component, cancel);
        return string.IsNullOrEmpty(lease?.Spec?.HolderIdentity) ? $"nobody holds the lease {component}" : null;
    }

    private ApiClient Admin() => ClientFactory.Create(scope.Kubeconfig, "ballast");

    private static bool IsSilence(Exception e, CancellationToken cancel) => !cancel.IsCancellationRequested
        && (e is HttpRequestException or HttpOperationException or IOException or EtcdException or RpcException or OperationCanceledException);

    private async Task UntilAsync(string otherwise, Func<CancellationToken, Task<string?>> trouble, CancellationToken cancel)
    {
        var start = time.GetTimestamp();
        while (true)
        {
            string? found;
            try
            {
                found = await trouble(cancel);
            }
            catch (Exception silent) when (IsSilence(silent, cancel))
            {
                found = silent.Message;
            }
            if (found is null)
                return;
            if (time.GetElapsedTime(start) > Patience)
                throw new ClusterException($"{otherwise}: {found}") { Hint = Hint };
            await Task.Delay(PollEvery, time, cancel);
        }
    }
}
