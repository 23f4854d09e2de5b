using Ballast.Admin.Backups.Schedules;
using Ballast.Admin.Clusters;
using Ballast.Admin.EtcdQuorum;
using Ballast.Admin.Hosts;
using Ballast.Admin.Restore;
using Ballast.Admin.Rollouts;
using Ballast.Client;
using Ballast.Etcd;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace Ballast.Admin.Phases;

/// <summary>
/// Takes a host out of its cluster: its etcd member out of the quorum, its processes down, its node out of the API, its files away, in that order, so that a reset which
/// is interrupted can be run again. Works on whatever is left of a host.
/// </summary>
public sealed class HostReset(HostPaths paths, ISteps steps, TimeProvider time)
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan UntilDrained = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PollEvery = TimeSpan.FromMilliseconds(200);

    /// <summary>Longer than another reset takes: all hosts may be reset at once.</summary>
    private static readonly TimeSpan UntilOthersAreDone = TimeSpan.FromMinutes(2);

    /// <summary>An administrator's, for a host that has none; null for the host's own, where there is one.</summary>
    public string? Kubeconfig { get; init; }

    /// <summary>While nobody changes another host. Where the API does not answer nobody can, and a worker may not ask: it goes on then.</summary>
    /// <param name="force">Go on although the quorum cannot spare the member, or cannot be asked.</param>
    /// <param name="cancel">Stops where it is.</param>
    /// <returns>False where there was nothing of a host.</returns>
    /// <exception cref="ClusterException">The quorum would be lost, or somebody changes another host.</exception>
    public async Task<bool> RunAsync(bool force, CancellationToken cancel)
    {
        if (IsClean && new HostProcesses(paths).List().Count == 0)
            return false;
        return await ChangeLock.HoldWhereAnsweredAsync(paths.Kubeconfig("admin.conf"), "ballast reset", steps, time, () => TakeOutAsync(force, cancel), cancel, UntilOthersAreDone);
    }

    /// <summary>As above, for whoever sees to it that no other host is changed.</summary>
    public async Task<bool> TakeOutAsync(bool force, CancellationToken cancel)
    {
        var processes = new HostProcesses(paths);
        if (IsClean && processes.List().Count == 0)
            return false;
        using var api = Kubeconfig is not null || File.Exists(paths.Kubeconfig("admin.conf")) ? ClientFactory.Create(Kubeconfig ?? paths.Kubeconfig("admin.conf"), "ballast") : null;
        if (api is not null && EtcdFlag("--name") is { } member)
            await steps.RunAsync("Leave the etcd quorum", token => LeaveQuorumAsync(api, member, force, token), cancel);
        await steps.RunAsync("Stop the kubelet and all that it runs", async token =>
        {
            if (SystemdUnit.IsUsedOn(paths))
                SystemdUnit.Remove("kubelet");
            await processes.StopAsync(Grace, time, token);
            return "";
        }, cancel);
        await steps.RunAsync("Remove the node", token => RemoveNodeAsync(api, token), cancel);
        await steps.RunAsync("Delete the files", _ => Task.FromResult(DeleteFiles()), cancel);
        return true;
    }

    private bool IsClean => new[] { paths.Kubernetes, paths.EtcdData, paths.KubeletData }
        .All(folder => !Directory.Exists(folder) || !Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Any());

    private async Task<string> LeaveQuorumAsync(ApiClient api, string member, bool force, CancellationToken cancel)
    {
        try
        {
            var own = new Uri(EtcdFlag("--advertise-client-urls")!);
            var others = await OthersAsync(api, member, own, cancel);
            if (others.Count == 0)
                return "it was the only member";
            using var etcd = ClusterEtcd.Connect([.. others, own], paths, time);
            var membership = new EtcdMembership(etcd, time);
            var members = await membership.AfterElectionAsync(cancel);
            if (members.FirstOrDefault(m => m.ClientUrl == own.OriginalString || m.Name == member) is not { } leaving)
                return "it was no member any more";
            if (!force && !leaving.Learner && EtcdMembership.SizeOf(members).RefusalToRemove(leaving.Called, leaving.Healthy) is { } refusal)
                throw new ClusterException(refusal) { Hint = "mend the other members first; where the rest of the cluster is gone for good: ballast reset --force" };
            await StopApiServerAsync(cancel);
            await membership.RemoveAsync(leaving.Id, cancel, force);
            return $"{member} is out";
        }
        catch (Exception unreachable) when (force && IsUnreachable(unreachable, cancel))
        {
            steps.Warn($"the quorum could not be asked, and may still count this member: {unreachable.ApiMessage}");
            return "";
        }
        catch (Exception unreachable) when (IsUnreachable(unreachable, cancel))
        {
            throw new ClusterException($"the etcd quorum cannot be told that {member} leaves: {unreachable.ApiMessage}")
            {
                Hint = "where the rest of the cluster is gone for good: ballast reset --force",
            };
        }
    }

    /// <summary>The other members, from the pods; from this host's own member where the API has none.</summary>
    private async Task<IReadOnlyList<Uri>> OthersAsync(ApiClient api, string member, Uri own, CancellationToken cancel)
    {
        var pods = await api.Resources<V1Pod>().ListAsync(new ListScope("kube-system", LabelSelector: "component=etcd,tier=control-plane"), cancel);
        if (pods.Items.Any(p => p.Spec.NodeName != member))
            return await ClusterEtcd.MembersOfAsync(api, member, cancel);
        using var etcd = ClusterEtcd.Connect([own], paths, time);
        return [.. (await etcd.Members.ListAsync(cancel)).SelectMany(m => m.ClientUrls).Select(u => new Uri(u)).Where(u => u != own)];
    }

    /// <summary>Its requests end, and clients are sent elsewhere, before its store goes. A kubelet that does not run has stopped nothing, and nothing is there to be stopped.</summary>
    private async Task StopApiServerAsync(CancellationToken cancel)
    {
        File.Delete(paths.Manifest("kube-apiserver"));
        var processes = new HostProcesses(paths);
        for (var start = time.GetTimestamp(); time.GetElapsedTime(start) < UntilDrained; await Task.Delay(PollEvery, time, cancel))
        {
            var there = processes.List().Select(p => p.Component).ToHashSet();
            if (!there.Contains("kube-apiserver") || !there.Contains("kubelet"))
                return;
        }
    }

    private async Task<string> RemoveNodeAsync(ApiClient? api, CancellationToken cancel)
    {
        if (HostIdentity.NodeName(paths) is not { } node)
            return "it was none";
        if (api is null)
        {
            steps.Warn($"a worker may not remove its node; on a control plane: kubectl delete node {node}");
            return "";
        }
        try
        {
            await api.CoreV1.DeleteNodeAsync(node, cancellationToken: cancel);
            return node;
        }
        catch (HttpOperationException gone) when (gone.IsNotFound)
        {
            return "it was gone";
        }
        catch (Exception unreachable) when (IsUnreachable(unreachable, cancel))
        {
            steps.Warn($"the node {node} could not be removed, which is right where this was the last control plane: {unreachable.ApiMessage}");
            return "";
        }
    }

    /// <summary>Refused, cut off, or silent for too long; a load balancer with no server behind it may do any of these.</summary>
    private static bool IsUnreachable(Exception e, CancellationToken cancel) =>
        !cancel.IsCancellationRequested && (e is HttpRequestException or HttpOperationException or IOException or EtcdException or OperationCanceledException or TimeoutException);

    private string DeleteFiles()
    {
        foreach (var folder in new[] { paths.Pki(""), paths.Manifests, Path.Combine(paths.Kubernetes, "tmp"), Path.GetDirectoryName(BackupSettings.KeyOn(paths))!, paths.EtcdData, paths.KubeletData }.Where(Directory.Exists))
        {
            // The folder itself may be a mount point.
            foreach (var entry in new DirectoryInfo(folder).EnumerateFileSystemInfos())
            {
                if (entry is DirectoryInfo directory)
                    directory.Delete(recursive: true);
                else
                    entry.Delete();
            }
        }
        // A restore that was not finished never will be.
        foreach (var folder in Waiting().Append(paths.RestoreFolder).Where(Directory.Exists))
            Directory.Delete(folder, recursive: true);
        // Locks are Ballast's own, and nobody holds one any more.
        var own = Directory.Exists(paths.Kubernetes) ? Directory.EnumerateFiles(paths.Kubernetes, "*.conf").Concat(Directory.EnumerateFiles(paths.Kubernetes, ".*.lock")) : [];
        foreach (var file in own.Append(paths.Supervisor("kubelet")).Append(paths.LoadBalancerState).Where(File.Exists))
            File.Delete(file);
        return $"below {paths.Root}; logs are kept in {paths.Logs}";
    }

    private IEnumerable<string> Waiting()
    {
        var prefix = RestoreJournal.StagedPrefix(paths);
        return Directory.Exists(Path.GetDirectoryName(prefix)) ? Directory.EnumerateDirectories(Path.GetDirectoryName(prefix)!, Path.GetFileName(prefix) + "*") : [];
    }

    /// <summary>Read from the manifest, which is what runs.</summary>
    private string? EtcdFlag(string flag)
    {
        if (!File.Exists(paths.Manifest("etcd")))
            return null;
        var pod = KubernetesYaml.Deserialize<V1Pod>(File.ReadAllText(paths.Manifest("etcd")));
        return pod.Spec.Containers[0].Command.FirstOrDefault(c => c.StartsWith(flag + "=", StringComparison.Ordinal))?[(flag.Length + 1)..];
    }
}
