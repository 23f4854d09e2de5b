using Ballast.Admin.Clusters;

namespace Ballast.Admin.Tests.Clusters;

public sealed class ClusterDirectoryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_saved_cluster_is_found_as_it_was()
    {
        var directory = new ClusterDirectory(_folder.Path, "one");
        var spec = ClusterSpec.Create(new ClusterOptions { Name = "one" }, 20);
        directory.Save(spec);
        var found = new ClusterDirectory(_folder.Path, "one").Load();
        Assert.Equal(spec.Hosts, found.Hosts);
        Assert.Equal(spec with { Hosts = found.Hosts }, found);
    }

    [Fact]
    public void A_cluster_that_is_not_there_is_named_with_those_that_are()
    {
        new ClusterDirectory(_folder.Path, "one").Save(ClusterSpec.Create(new ClusterOptions { Name = "one" }, 20));
        var error = Assert.Throws<ClusterException>(() => new ClusterDirectory(_folder.Path, "two").Load());
        Assert.Contains("there is no cluster \"two\"", error.Message, StringComparison.Ordinal);
        Assert.Contains("one", error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_file_is_named()
    {
        var directory = new ClusterDirectory(_folder.Path, "one");
        directory.Save(ClusterSpec.Create(new ClusterOptions { Name = "one" }, 20));
        File.WriteAllText(Path.Combine(directory.Path, "cluster.json"), "{\"name\":");
        Assert.Contains("cluster.json is damaged", Assert.Throws<ClusterException>(directory.Load).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void One_command_at_a_time()
    {
        var directory = new ClusterDirectory(_folder.Path, "one");
        using (directory.Lock())
            Assert.Contains("another ballast command", Assert.Throws<ClusterException>(() => directory.Lock()).Message, StringComparison.Ordinal);
        directory.Lock().Dispose();
    }

    [Fact]
    public void Two_clusters_get_two_subnets_and_a_claim_dies_with_its_folder()
    {
        var claims = new SubnetClaims(Path.Combine(_folder.Path, "claims"));
        var (one, two) = (Directory.CreateDirectory(Path.Combine(_folder.Path, "one")).FullName, Directory.CreateDirectory(Path.Combine(_folder.Path, "two")).FullName);
        var first = claims.Claim(one);
        var second = claims.Claim(two);
        Assert.NotEqual(first, second);
        Assert.Throws<ClusterException>(() => claims.Renew(first, two));
        claims.Release(one);
        claims.Renew(first, two);
    }
}
