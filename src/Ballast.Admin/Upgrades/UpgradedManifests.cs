using Ballast.Admin.Backups.Schedules;
using Ballast.Admin.Configuration;
using Ballast.Admin.Hosts;
using Ballast.Admin.LoadBalancers;
using Ballast.Admin.Manifests;
using Ballast.Admin.Phases;
using Ballast.Client;
using k8s;
using k8s.Models;

namespace Ballast.Admin.Upgrades;

/// <summary>
/// The manifests that a host should have: made anew as <c>init</c> makes them, but for what belongs to the host's own history, which is how its etcd member came into the quorum, which
/// members its API server asks, where its load balancer began, and the annotations that others added.
/// </summary>
/// <param name="host">The host.</param>
/// <param name="cluster">The configuration to get to.</param>
/// <param name="program">The program to get to.</param>
/// <param name="etcdUrls">Which members the API server is to ask; null for those that it asks.</param>
/// <param name="time">The clock.</param>
internal sealed class UpgradedManifests(Host host, ClusterConfiguration cluster, string program, IReadOnlyList<string>? etcdUrls, TimeProvider time)
{
    private readonly HostFiles _files = new(cluster, host, time);

    public string Of(string component, string current)
    {
        var old = ManifestDifference.Parse(current);
        var pod = component switch
        {
            "etcd" => Etcd(old),
            BackupSettings.Component => WithProgram(Backups(old), old),
            HostBalancer.Component => WithProgram(_files.LoadBalancerPod((ManifestDifference.FlagOf(old, "backends") ?? "").Split(',')), old),
            _ => WithProgram(ControlPlane(component, old), old),
        };
        pod = pod with { Annotations = Together(pod.Annotations, old.Metadata.Annotations) };
        // The same content in other words is no change: it would cost a restart.
        return KubernetesYaml.Serialize(old) == pod.Render() ? current : pod.Render();
    }

    /// <summary>Makes what new manifests name, and a host of an older build has not got.</summary>
    /// <param name="api">As an administrator.</param>
    /// <param name="cancel">Stops it.</param>
    public async Task EnsureNamedAsync(ApiClient api, CancellationToken cancel)
    {
        if (!File.Exists(host.Paths.Manifest(BackupSettings.Component)))
            return;
        await ClusterObjects.EnsureBackupControllerRoleAsync(api, cancel);
        _files.BackupControllerKubeconfig();
    }

    private StaticPod Etcd(V1Pod old)
    {
        var members = (ManifestDifference.FlagOf(old, "initial-cluster") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries)
            .Select(m => m.Split('=', 2)).Where(m => m.Length == 2).Select(m => (m[0], m[1])).ToList();
        return _files.EtcdPod(members, ManifestDifference.FlagOf(old, "initial-cluster-state") == "existing" ? InitialClusterState.Existing : InitialClusterState.New);
    }

    private StaticPod Backups(V1Pod old) =>
        _files.BackupControllerPod(BackupSettings.Of(old), etcdUrls ?? (ManifestDifference.FlagOf(old, "etcd-servers") ?? "").Split(','), ManifestDifference.FlagOf(old, "s3-credentials") is not null);

    private StaticPod ControlPlane(string component, V1Pod old) =>
        _files.ControlPlanePods(etcdUrls ?? (component == "kube-apiserver" ? ManifestDifference.FlagOf(old, "etcd-servers") ?? "" : "").Split(',')).Single(p => p.Component == component);

    /// <summary>A manifest that names no program means the kubelet's own: as long as that is the one to get to, it need not name one.</summary>
    private StaticPod WithProgram(StaticPod pod, V1Pod old) =>
        ManifestDifference.ProgramOf(old) is null && KubeletProgram == program ? pod : pod with { Program = program };

    private string? KubeletProgram => new HostProcesses(host.Paths).List().FirstOrDefault(p => p.Component == "kubelet")?.Command() is [var running, ..] ? running : null;

    private static Dictionary<string, string> Together(IReadOnlyDictionary<string, string> own, IDictionary<string, string>? others)
    {
        var all = new Dictionary<string, string>(own);
        foreach (var (name, value) in others ?? new Dictionary<string, string>())
            all.TryAdd(name, value);
        return all;
    }
}
