using Ballast.Admin.Clusters;
using Ballast.Admin.Configuration;
using Ballast.Admin.Hosts;
using Ballast.Admin.Phases;
using Ballast.Admin.Rollouts;
using Ballast.Client;
using k8s.Models;

namespace Ballast.Admin.Upgrades;

/// <summary>
/// Takes the machine it runs on, made by <c>init</c> or <c>join</c>, to this build of the program and to the cluster's flags. As with kubeadm the first control plane changes the cluster's
/// configuration (<see cref="ApplyAsync"/>), and every other host follows it (<see cref="NodeAsync"/>), one after the other.
/// </summary>
/// <param name="paths">The host's files.</param>
/// <param name="program">Full path of the executable to get to.</param>
/// <param name="steps">Told of the progress.</param>
/// <param name="time">The clock.</param>
public sealed class MachineUpgrade(HostPaths paths, string program, ISteps steps, TimeProvider time)
{
    private readonly Host _host = HostIdentity.Read(paths);
    private readonly bool _isControlPlane = HostIdentity.IsControlPlane(paths);

    /// <summary>A control plane acts as an administrator; a worker has its kubelet's rights, which suffice to empty its own node.</summary>
    private string Kubeconfig => paths.Kubeconfig(_isControlPlane ? "admin.conf" : "kubelet.conf");

    /// <summary>Every component of this host, and what can be told of the others; changes nothing.</summary>
    public Task<IReadOnlyList<ComponentChange>> PlanAsync(ConfigurationChange change, CancellationToken cancel) => WithApiAsync<IReadOnlyList<ComponentChange>>(async api =>
    {
        var wanted = change.On(await ClusterObjects.ConfigurationAsync(api, cancel));
        var own = (await api.Resources<V1Node>().GetAsync(null, _host.Name, cancel)).Status?.NodeInfo?.KubeletVersion ?? "";
        IEnumerable<ComponentChange> here = TargetOf(wanted).Plan(new Dictionary<(string, string), string> { [(_host.Name, "kubelet")] = own });
        return _isControlPlane ? [.. here, .. await OthersAsync(api, wanted, cancel)] : [.. here];
    });

    /// <summary>This host, then the cluster's configuration.</summary>
    /// <returns>False where nothing was to be changed.</returns>
    /// <exception cref="ClusterException">The host did not get well, or is no control plane.</exception>
    public Task<bool> ApplyAsync(ConfigurationChange change, CancellationToken cancel) => WithApiAsync(async api =>
    {
        RefuseWorker();
        return await ChangeLock.HoldAsync(Kubeconfig, "ballast upgrade apply", steps, time, async token =>
        {
            var current = await ClusterObjects.ConfigurationAsync(api, token);
            var wanted = change.On(current);
            var changed = await UpgradeAsync(api, wanted, token);
            if (wanted.Render() == current.Render())
                return changed;
            await ClusterObjects.ChangeConfigurationAsync(api, wanted, token);
            return true;
        }, cancel);
    });

    /// <summary>This host, with the configuration that the cluster has.</summary>
    /// <returns>False where nothing was to be changed.</returns>
    /// <exception cref="ClusterException">The host did not get well.</exception>
    public Task<bool> NodeAsync(CancellationToken cancel) => WithApiAsync(async api =>
    {
        // Nothing of the control plane is on a worker, and its kubelet may not hold the lock.
        return _isControlPlane ? await ChangeLock.HoldAsync(Kubeconfig, "ballast upgrade node", steps, time, FollowAsync, cancel) : await FollowAsync(cancel);

        async Task<bool> FollowAsync(CancellationToken token) => await UpgradeAsync(api, await ClusterObjects.ConfigurationAsync(api, token), token);
    });

    private async Task<bool> UpgradeAsync(ApiClient api, ClusterConfiguration wanted, CancellationToken cancel)
    {
        using var held = HostLock.Take(paths);
        var scope = _isControlPlane ? await RolloutScope.OfAsync(_host, wanted, api, time, cancel) : RolloutScope.OfWorker(_host);
        return await new HostUpgrade(TargetOf(wanted), scope, Kubeconfig, steps, time).RunAsync(cancel);
    }

    private HostTarget TargetOf(ClusterConfiguration wanted) =>
        new(_host, new(_host, wanted, program, etcdUrls: null, time), KubeletDaemon.Kept(paths, program), IsNode: true);

    /// <summary>The other hosts' programs are where those hosts have them; their versions and flags are in the API.</summary>
    private async Task<IEnumerable<ComponentChange>> OthersAsync(ApiClient api, ClusterConfiguration wanted, CancellationToken cancel)
    {
        var nodes = (await api.Resources<V1Node>().ListAsync(ListScope.All, cancel)).Items.Where(n => n.Metadata.Name != _host.Name);
        var pods = (await api.Resources<V1Pod>().ListAsync(new ListScope("kube-system", LabelSelector: "tier=control-plane"), cancel)).Items.ToLookup(p => p.Spec.NodeName);
        return nodes.OrderByDescending(n => pods.Contains(n.Metadata.Name)).ThenBy(n => n.Metadata.Name, StringComparer.Ordinal).SelectMany(node => pods[node.Metadata.Name]
            .OrderBy(p => HostRollout.Components.ToList().IndexOf(p.Metadata.Labels["component"]))
            .Select(pod => OtherPod(node.Metadata.Name, pod, wanted))
            .Append(new ComponentChange(node.Metadata.Name, "kubelet", node.Status?.NodeInfo?.KubeletVersion ?? "", ClusterConfiguration.Version, [])));
    }

    private static ComponentChange OtherPod(string node, V1Pod pod, ClusterConfiguration wanted)
    {
        var component = pod.Metadata.Labels["component"];
        var version = component == "etcd" ? "" : ManifestDifference.VersionOf(pod);
        var missing = ClusterConfiguration.Components.Contains(component)
            ? wanted.ArgumentsOf(component).Select(a => $"--{a.Key}={a.Value}").Where(flag => !ManifestDifference.CommandOf(pod).Contains(flag)) : [];
        return new(node, component, version, component == "etcd" ? "" : BallastVersion.Text, [.. missing]);
    }

    private void RefuseWorker()
    {
        if (!_isControlPlane)
            throw new ClusterException($"{_host.Name} is no control plane: the cluster's configuration is changed on one, and a worker follows it", 2) { Hint = "ballast upgrade node" };
    }

    private async Task<T> WithApiAsync<T>(Func<ApiClient, Task<T>> work)
    {
        using var api = ClientFactory.Create(Kubeconfig, "ballast");
        return await ApiAnswers.OrSentenceAsync(() => work(api));
    }
}
