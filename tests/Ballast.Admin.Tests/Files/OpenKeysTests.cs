using Ballast.Admin.Files;
using Ballast.Admin.Hosts;

namespace Ballast.Admin.Tests.Files;

public sealed class OpenKeysTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_key_and_a_kubeconfig_that_others_can_read_are_named_with_what_to_do()
    {
        var paths = new HostPaths(_folder.Path);
        AtomicFile.Write(paths.Pki("etcd/ca.key"), "a key", AtomicFile.Secret);
        AtomicFile.Write(paths.Pki("etcd/ca.crt"), "a certificate", AtomicFile.Public);
        AtomicFile.Write(paths.Kubeconfig("admin.conf"), "a kubeconfig", AtomicFile.Secret);
        Assert.Empty(OpenKeys.On(paths));

        File.SetUnixFileMode(paths.Pki("etcd/ca.key"), AtomicFile.Public);
        File.SetUnixFileMode(paths.Kubeconfig("admin.conf"), AtomicFile.Secret | UnixFileMode.GroupRead);
        var sentences = OpenKeys.On(paths);
        Assert.Equal(2, sentences.Count);
        Assert.Contains(sentences, s => s.StartsWith($"{paths.Kubeconfig("admin.conf")} holds a key and is open to others (mode 0640): chmod 600 ", StringComparison.Ordinal));
        Assert.Contains(sentences, s => s.StartsWith($"{paths.Pki("etcd/ca.key")} holds a key and is open to others (mode 0644)", StringComparison.Ordinal));
        Assert.DoesNotContain("a key\n", string.Join('\n', sentences), StringComparison.Ordinal);
    }
}
