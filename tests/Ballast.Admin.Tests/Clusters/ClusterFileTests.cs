using Ballast.Admin.Clusters;

namespace Ballast.Admin.Tests.Clusters;

public sealed class ClusterFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_option_can_be_in_the_file()
    {
        var given = new HashSet<string>();
        var options = Read("name: test\ncontrolPlanes: 5\nworkers: 0\nzones: 2\ntopology: external\nkeyAlgorithm: RSA-2048\nallowEvenEtcd: true\n", given);
        Assert.Equal(
            new ClusterOptions { Name = "test", ControlPlanes = 5, Workers = 0, Zones = 2, Topology = Topology.External, KeyAlgorithm = Admin.Pki.KeyAlgorithm.Rsa2048, AllowEvenEtcd = true },
            options);
        Assert.Equal(["--allow-even-etcd", "--control-planes", "--key-algorithm", "--name", "--topology", "--workers", "--zones"], given.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("name: a\nworker: 2\n", "line 2: unknown key \"worker\"")]
    [InlineData("workers: two\n", "line 1: workers is \"two\", and should be a whole number")]
    [InlineData("topology: flat\n", "line 1: topology is \"flat\", and should be stacked or external")]
    [InlineData("workers: [1]\n", "line 1: workers should be a plain value")]
    [InlineData("- a\n", "should hold one mapping")]
    [InlineData("a: b: c\n", "not valid YAML")]
    [InlineData("", "should hold one mapping")]
    public void What_is_wrong_is_named_with_its_line(string text, string named) =>
        Assert.Contains(named, Assert.Throws<ClusterException>(() => Read(text, new HashSet<string>())).Message, StringComparison.Ordinal);

    [Fact]
    public void A_missing_file_is_named() =>
        Assert.Contains("nowhere.yaml", Assert.Throws<ClusterException>(() => ClusterFile.Read("nowhere.yaml", new HashSet<string>())).Message, StringComparison.Ordinal);

    private ClusterOptions Read(string text, ISet<string> given)
    {
        var file = Path.Combine(_folder.Path, "cluster.yaml");
        File.WriteAllText(file, text);
        return ClusterFile.Read(file, given);
    }
}
