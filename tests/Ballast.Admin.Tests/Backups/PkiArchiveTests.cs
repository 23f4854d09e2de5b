using Ballast.Admin.Backups;
using Ballast.Admin.Clusters;
using Ballast.Admin.Pki;

namespace Ballast.Admin.Tests.Backups;

public sealed class PkiArchiveTests : IDisposable
{
    private const UnixFileMode Mine = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly TemporaryFolder _folder = new();

    private string To => Path.Combine(_folder.Path, "to");

    [Fact]
    public void The_PKI_comes_back_with_its_modes()
    {
        var host = TestBackups.Host(_folder.Path);
        var key = TestBackups.Key(_folder.Path);
        var files = PkiArchive.Unpack(Write(PkiArchive.Pack(host, key)), key, To);
        Assert.Equal(ControlPlanePki.SharedFiles.Select(f => Path.Combine(To, "etc/kubernetes/pki", f)).Order(), files.Order());
        Assert.All(ControlPlanePki.SharedFiles, f =>
        {
            var back = Path.Combine(To, "etc/kubernetes/pki", f);
            Assert.Equal(File.ReadAllText(host.Pki(f)), File.ReadAllText(back));
            Assert.Equal(f.EndsWith(".key", StringComparison.Ordinal) ? Mine : Mine | UnixFileMode.GroupRead | UnixFileMode.OtherRead, File.GetUnixFileMode(back));
        });
        var there = Assert.Throws<ClusterException>(() => PkiArchive.Unpack(Path.Combine(_folder.Path, "a.pki"), key, To));
        Assert.EndsWith(" is there already: nothing is overwritten", there.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_of_it_can_be_read_without_the_key()
    {
        var host = TestBackups.Host(_folder.Path);
        var archive = PkiArchive.Pack(host, TestBackups.Key(_folder.Path));
        var line = File.ReadAllLines(host.Pki("ca.key"))[1];
        Assert.DoesNotContain(line, System.Text.Encoding.Latin1.GetString(archive), StringComparison.Ordinal);
        var refused = Assert.Throws<ClusterException>(() => PkiArchive.Unpack(Write(archive), TestBackups.Key(_folder.Path), To));
        Assert.EndsWith("a.pki was sealed with another key", refused.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(To));
    }

    [Fact]
    public void The_keys_that_Secrets_are_encrypted_with_are_in_it()
    {
        var host = TestBackups.Host(_folder.Path);
        var config = Path.Combine(host.Kubernetes, "enc/config.yaml");
        Directory.CreateDirectory(Path.GetDirectoryName(config)!);
        File.WriteAllText(config, "kind: EncryptionConfiguration\n");
        Directory.CreateDirectory(host.Manifests);
        File.WriteAllText(host.Manifest("kube-apiserver"), $"spec:\n  containers:\n  - command:\n    - kube-apiserver\n    - --encryption-provider-config={config}\n");
        var key = TestBackups.Key(_folder.Path);
        PkiArchive.Unpack(Write(PkiArchive.Pack(host, key)), key, To);
        var back = Path.Combine(To, "etc/kubernetes/enc/config.yaml");
        Assert.Equal("kind: EncryptionConfiguration\n", File.ReadAllText(back));
        Assert.Equal(Mine, File.GetUnixFileMode(back));
    }

    [Fact]
    public void Of_an_external_etcd_it_holds_what_the_API_server_is_let_in_with()
    {
        var host = TestBackups.Host(_folder.Path);
        Directory.Delete(host.Pki("etcd"), recursive: true);
        string[] files = [Path.Combine(host.Root, "srv/etcd/ca.crt"), Path.Combine(host.Root, "srv/etcd/client.crt"), Path.Combine(host.Root, "srv/etcd/client.key")];
        Directory.CreateDirectory(Path.Combine(host.Root, "srv/etcd"));
        Directory.CreateDirectory(host.Manifests);
        File.WriteAllText(host.Manifest("kube-apiserver"), $"spec:\n  containers:\n  - command:\n    - kube-apiserver\n    - --etcd-cafile={files[0]}\n    - --etcd-certfile={files[1]}\n    - --etcd-keyfile={files[2]}\n");
        var key = TestBackups.Key(_folder.Path);
        var refused = Assert.Throws<ClusterException>(() => PkiArchive.Pack(host, key));
        Assert.Equal($"{files[0]} is missing on this host: the backup would not be whole", refused.Message);
        foreach (var file in files)
            File.WriteAllText(file, file);
        var unpacked = PkiArchive.Unpack(Write(PkiArchive.Pack(host, key)), key, To);
        var expected = ControlPlanePki.SharedFiles.Where(f => !f.StartsWith("etcd/", StringComparison.Ordinal)).Select(f => Path.Combine(To, "etc/kubernetes/pki", f))
            .Concat(files.Select(f => Path.Combine(To, Path.GetRelativePath(host.Root, f))));
        Assert.Equal(expected.Order(), unpacked.Order());

        // With a member of its own, the key of etcd's CA is lost.
        File.WriteAllText(host.Manifest("etcd"), "");
        Assert.Equal($"{host.Pki("etcd/ca.crt")} is missing on this host: the backup would not be whole", Assert.Throws<ClusterException>(() => PkiArchive.Pack(host, key)).Message);
    }

    [Fact]
    public void A_host_that_lacks_a_file_is_not_backed_up_in_part()
    {
        var host = TestBackups.Host(_folder.Path);
        File.Delete(host.Pki("sa.key"));
        var refused = Assert.Throws<ClusterException>(() => PkiArchive.Pack(host, TestBackups.Key(_folder.Path)));
        Assert.Equal($"{host.Pki("sa.key")} is missing on this host: the backup would not be whole", refused.Message);
    }

    public void Dispose() => _folder.Dispose();

    private string Write(byte[] archive)
    {
        var path = Path.Combine(_folder.Path, "a.pki");
        File.WriteAllBytes(path, archive);
        return path;
    }
}
