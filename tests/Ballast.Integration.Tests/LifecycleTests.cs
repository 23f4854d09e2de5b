using System.Diagnostics;
using Ballast.Integration.Tests.Clusters;

namespace Ballast.Integration.Tests;

/// <summary><c>up</c>, <c>down</c> and what users get wrong.</summary>
public sealed class LifecycleTests
{
    [Fact]
    public async Task After_every_process_was_killed_up_brings_the_cluster_back_with_its_data()
    {
        await using var cluster = await TestCluster.UpAsync("--control-planes", "3", "--workers", "1");
        await cluster.KubectlAsync("create", "configmap", "kept", "--from-literal=a=1");
        foreach (var host in (await cluster.StatusAsync())["hosts"]!.AsArray().Select(h => (string)h!["name"]!).ToArray())
            (await cluster.BallastAsync("node", "kill", host)).MustSucceed();
        Assert.NotEqual(0, (await cluster.TryKubectlAsync("get", "nodes", "--request-timeout=3s")).Code);
        await cluster.UpAgainAsync();
        Assert.Equal("1", await cluster.KubectlAsync("get", "configmap", "kept", "-o", "jsonpath={.data.a}"));
        await cluster.KubectlAsync("create", "configmap", "new");
    }

    [Fact]
    public async Task External_etcd_has_hosts_of_its_own_and_two_clusters_run_side_by_side()
    {
        await using var external = await TestCluster.UpAsync("--topology", "external", "--control-planes", "1", "--workers", "1");
        await using var other = await TestCluster.UpAsync("--control-planes", "1", "--workers", "0");
        Assert.Equal(3, (await external.StatusAsync())["etcd"]!.AsArray().Count);
        Assert.Equal(2, (await external.KubectlAsync("get", "nodes", "-o", "name")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Single((await other.KubectlAsync("get", "nodes", "-o", "name")).Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.NotEqual((string)(await external.StatusAsync())["endpoint"]!, (string)(await other.StatusAsync())["endpoint"]!);
    }

    [Fact]
    public async Task Down_leaves_no_process_behind_and_can_be_run_again()
    {
        var cluster = await TestCluster.UpAsync("--control-planes", "1", "--workers", "1");
        var folder = cluster.HostFolder("control-plane-1");
        Assert.NotEmpty(ProcessesOf(folder));
        (await cluster.BallastAsync("down")).MustSucceed();
        Assert.Empty(ProcessesOf(folder));
        Assert.False(Directory.Exists(folder));
        Assert.Contains("nothing to do", (await cluster.BallastAsync("down")).MustSucceed().Output, StringComparison.Ordinal);
        await cluster.DisposeAsync();
    }

    [Theory]
    [InlineData(1, "ballast node kill: there is no cluster", "node", "kill", "host")]
    [InlineData(2, "unknown flag \"--wrokers\", did you mean \"--workers\"?", "up", "--wrokers", "3")]
    [InlineData(2, "--workers: \"many\" is not a whole number", "up", "--workers", "many")]
    [InlineData(2, "2 etcd members need 2 for a quorum", "up", "--control-planes", "2")]
    [InlineData(2, "--wait soon is not a duration", "up", "--wait", "soon")]
    [InlineData(1, "there is no cluster \"nowhere\"", "status", "--name", "nowhere")]
    [InlineData(1, "there is no cluster \"nowhere\"", "kubeconfig", "--name", "nowhere")]
    [InlineData(2, "unknown command \"pu\", did you mean \"up\"?", "pu")]
    public async Task A_mistake_is_one_clear_sentence(int code, string sentence, params string[] arguments)
    {
        var folder = Directory.CreateTempSubdirectory("ballast-it-");
        try
        {
            var selection = arguments[0] == "pu" ? Array.Empty<string>() : ["--data-dir", folder.FullName];
            var result = await Shell.RunAsync(TestCluster.Program, [.. arguments, .. selection]);
            Assert.Equal(code, result.Code);
            Assert.Contains(sentence, result.Error, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static string[] ProcessesOf(string hostFolder) =>
        [.. Process.GetProcesses().Where(p => Environ(p.Id).Contains($"BALLAST_HOST={hostFolder}\0", StringComparison.Ordinal)).Select(p => p.ProcessName)];

    private static string Environ(int id)
    {
        try
        {
            return File.ReadAllText($"/proc/{id}/environ");
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
