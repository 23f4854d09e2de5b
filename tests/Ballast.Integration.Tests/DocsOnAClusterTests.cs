using Ballast.Integration.Tests.Clusters;
using Ballast.Integration.Tests.Documents;

namespace Ballast.Integration.Tests;

/// <summary>The commands in the documents that only look, on a cluster.</summary>
[Collection(OneCluster.Name)]
public sealed class DocsOnAClusterTests(ClusterFixture fixture) : ClusterTest(fixture)
{
    [Theory]
    [InlineData("kubectl")]
    [InlineData("etcdctl")]
    [InlineData("ballast")]
    public async Task What_only_looks_succeeds(string program)
    {
        var commands = ConsoleCommand.All.Where(c => c.Program == program && OnlyLooks(c)).DistinctBy(c => string.Join(' ', c.Arguments)).ToArray();
        Assert.NotEmpty(commands);
        foreach (var command in commands)
        {
            // A look at a busy machine may find a part that does not answer in time, and says so.
            await TestCluster.EventuallyAsync(async () => (await RunAsync(command)).MustSucceed(), TimeSpan.FromSeconds(60), command.ToString());
        }
    }

    private static bool OnlyLooks(ConsoleCommand command) => (command.Program, command.Words.FirstOrDefault()) switch
    {
        ("kubectl", "get") => !command.Flags.Any(f => f is "-w" or "--watch"),
        ("kubectl", "describe" or "explain" or "api-resources" or "logs") => true,
        ("etcdctl", "get" or "endpoint") => true,
        ("etcdctl", "member") => command.Words.Contains("list"),
        ("ballast", "status" or "kubeconfig" or "logs") => true,
        _ => false,
    };

    private Task<ShellResult> RunAsync(ConsoleCommand command)
    {
        string[] arguments = [.. command.Arguments];
        return command.Program switch
        {
            "kubectl" => Cluster.TryKubectlAsync(arguments),
            "etcdctl" => Cluster.EtcdctlAsync(arguments),
            _ => Cluster.BallastAsync(arguments),
        };
    }
}
