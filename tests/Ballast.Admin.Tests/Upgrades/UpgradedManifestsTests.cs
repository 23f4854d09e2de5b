using System.Net;
using Ballast.Admin.Backups.Schedules;
using Ballast.Admin.Configuration;
using Ballast.Admin.Hosts;
using Ballast.Admin.Manifests;
using Ballast.Admin.Phases;
using Ballast.Admin.Upgrades;
using k8s;

namespace Ballast.Admin.Tests.Upgrades;

public sealed class UpgradedManifestsTests : IDisposable
{
    private const string Program = "/opt/ballast-0.2.0/ballast";

    private static readonly ClusterConfiguration Cluster = new() { ControlPlaneEndpoint = "api.example.com:6443" };
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private Host Host => new("cp1", IPAddress.Parse("10.0.0.11"), new HostPaths(_folder.Path));

    [Fact]
    public void Another_program_and_a_flag_are_all_that_changes()
    {
        var current = Written("kube-apiserver");
        var wanted = Upgraded(Cluster.With("kube-apiserver", [KeyValuePair.Create("v", "4")])).Of("kube-apiserver", current);
        Assert.Equal(["program /old/ballast → /opt/ballast-0.2.0/ballast", "--v=4"], ManifestDifference.Of(current, wanted, "/old/ballast"));
        // The API server asks whom it asked before.
        Assert.Contains("--etcd-servers=https://10.0.0.11:2379", ManifestDifference.CommandOf(ManifestDifference.Parse(wanted)));
    }

    [Fact]
    public void What_is_as_it_should_be_stays_byte_by_byte_also_with_annotations_of_others()
    {
        var upgraded = Upgraded(Cluster).Of("kube-scheduler", Written("kube-scheduler"));
        var pod = ManifestDifference.Parse(upgraded);
        pod.Metadata.Annotations = new Dictionary<string, string> { ["kubectl.kubernetes.io/restartedAt"] = "once" };
        var annotated = KubernetesYaml.Serialize(pod) + "\n# said by hand\n";
        Assert.Equal(annotated, Upgraded(Cluster).Of("kube-scheduler", annotated));
        Assert.Empty(ManifestDifference.Of(annotated, Upgraded(Cluster).Of("kube-scheduler", annotated), null));
    }

    [Fact]
    public void An_etcd_member_keeps_how_it_came_into_the_quorum()
    {
        var files = new HostFiles(Cluster, Host, TimeProvider.System);
        files.Etcd([("cp0", "https://10.0.0.10:2380"), ("cp1", "https://10.0.0.11:2380")], InitialClusterState.Existing);
        var current = File.ReadAllText(Host.Paths.Manifest("etcd"));
        Assert.Equal(current, Upgraded(Cluster).Of("etcd", current));
        var changed = Upgraded(Cluster.With("etcd", [KeyValuePair.Create("heartbeat-interval", "200")])).Of("etcd", current);
        Assert.Equal(["--heartbeat-interval=200"], ManifestDifference.Of(current, changed, null));
    }

    [Fact]
    public void A_backup_controller_keeps_its_schedule_and_gets_the_new_program()
    {
        var settings = new BackupSettings("0 */6 * * *", 7, "/mnt/backups");
        settings.Apply(Host.Paths, new HostFiles(Cluster, Host, TimeProvider.System), ["https://10.0.0.11:2379", "https://10.0.0.12:2379"], "key", null);
        var current = File.ReadAllText(Host.Paths.Manifest("backup-controller"));
        var wanted = Upgraded(Cluster).Of("backup-controller", current);
        Assert.Equal(["program /old/ballast → /opt/ballast-0.2.0/ballast"], ManifestDifference.Of(current, wanted, "/old/ballast"));
        File.WriteAllText(Host.Paths.Manifest("backup-controller"), wanted);
        Assert.Equal(settings, BackupSettings.Find(Host.Paths));
        Assert.Contains("--etcd-servers=https://10.0.0.11:2379,https://10.0.0.12:2379", ManifestDifference.CommandOf(ManifestDifference.Parse(wanted)));
    }

    [Fact]
    public void A_flag_that_wins_over_the_usual_one_and_one_that_is_taken_back_are_told()
    {
        var current = Upgraded(Cluster.With("kube-apiserver", [KeyValuePair.Create("allow-privileged", "false"), KeyValuePair.Create("profiling", "false")])).Of("kube-apiserver", Written("kube-apiserver"));
        Assert.Equal(["--allow-privileged=false → true", "--profiling removed"], ManifestDifference.Of(current, Upgraded(Cluster).Of("kube-apiserver", current), null));
    }

    private UpgradedManifests Upgraded(ClusterConfiguration cluster) => new(Host, cluster, Program, etcdUrls: null, TimeProvider.System);

    private string Written(string component)
    {
        new HostFiles(Cluster, Host, TimeProvider.System).ControlPlane(["https://10.0.0.11:2379"]);
        return File.ReadAllText(Host.Paths.Manifest(component));
    }
}
