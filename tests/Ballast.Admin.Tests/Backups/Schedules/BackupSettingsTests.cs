using System.Net;
using Ballast.Admin.Backups.Schedules;
using Ballast.Admin.Configuration;
using Ballast.Admin.Hosts;
using Ballast.Admin.Phases;

namespace Ballast.Admin.Tests.Backups.Schedules;

public sealed class BackupSettingsTests : IDisposable
{
    private static readonly BackupSettings Settings = new("0 */6 * * *", 28, "https://s3.example.com/bucket/prod?a=b");

    private readonly TemporaryFolder _folder = new();

    private HostPaths Host => new(_folder.Path);

    [Fact]
    public void What_is_applied_is_found_is_not_applied_twice_and_is_removed()
    {
        Assert.Null(BackupSettings.Find(Host));
        Assert.True(Apply(Settings, "key", "credentials"));
        Assert.Equal(Settings, BackupSettings.Find(Host));
        Assert.All([BackupSettings.KeyOn(Host), BackupSettings.S3CredentialsOn(Host), Host.Manifest("backup-controller")],
            f => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(f)));
        Assert.False(Apply(Settings, "key", "credentials"));
        Assert.True(Apply(Settings, "another", "credentials"));
        Assert.True(Apply(Settings with { Keep = 3 }, "another", "credentials"));
        Assert.Equal(3, BackupSettings.Find(Host)!.Keep);
        Assert.True(BackupSettings.Remove(Host));
        Assert.Null(BackupSettings.Find(Host));
        Assert.False(File.Exists(BackupSettings.KeyOn(Host)));
        Assert.False(BackupSettings.Remove(Host));
    }

    [Fact]
    public void The_manifest_holds_no_secret_and_mounts_what_it_needs()
    {
        Apply(Settings with { Target = "/mnt/backups" }, "hush", null);
        var manifest = File.ReadAllText(Host.Manifest("backup-controller"));
        Assert.DoesNotContain("hush", manifest, StringComparison.Ordinal);
        Assert.DoesNotContain("s3-credentials", manifest, StringComparison.Ordinal);
        Assert.Contains("path: /mnt/backups", manifest, StringComparison.Ordinal);
        Assert.Contains("--etcd-servers=https://10.0.0.1:2379,https://10.0.0.2:2379", manifest, StringComparison.Ordinal);
        Apply(Settings, "hush", "quiet");
        Assert.Contains($"--s3-credentials={BackupSettings.S3CredentialsOn(Host)}", File.ReadAllText(Host.Manifest("backup-controller")), StringComparison.Ordinal);
    }

    [Fact]
    public void An_external_etcd_is_reached_as_the_API_server_reaches_it()
    {
        var cluster = new ClusterConfiguration
        {
            ExternalEtcd = new(["https://etcd.example:2379"], "/etc/kubernetes/pki/etcd/ca.crt", "/srv/etcd/client.crt", "/srv/etcd/client.key"),
            ApiServerArguments = [new("etcd-prefix", "/prod")],
        };
        Apply(Settings, "hush", "quiet", cluster);
        var manifest = File.ReadAllText(Host.Manifest("backup-controller"));
        Assert.All([$"--etcd-cafile={Host.Pki("etcd/ca.crt")}", $"--etcd-certfile={_folder.Path}/srv/etcd/client.crt", $"--etcd-keyfile={_folder.Path}/srv/etcd/client.key", "--etcd-prefix=/prod", $"path: {_folder.Path}/srv/etcd\n"],
            text => Assert.Contains(text, manifest, StringComparison.Ordinal));
    }

    public void Dispose() => _folder.Dispose();

    private bool Apply(BackupSettings settings, string key, string? s3Credentials, ClusterConfiguration? cluster = null) =>
        settings.Apply(Host, new HostFiles(cluster ?? new(), new("control-plane-1", IPAddress.Loopback, Host), TimeProvider.System), ["https://10.0.0.1:2379", "https://10.0.0.2:2379"], key, s3Credentials);
}
