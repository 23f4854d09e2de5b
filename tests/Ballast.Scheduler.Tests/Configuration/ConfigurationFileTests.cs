using Ballast.Scheduler.Configuration;

namespace Ballast.Scheduler.Tests.Configuration;

public class ConfigurationFileTests
{
    private const string Header = "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n";

    [Fact]
    public void Reads_what_is_supported()
    {
        var configuration = ConfigurationFile.Parse(Header + """
            percentageOfNodesToScore: 30
            podInitialBackoffSeconds: 2
            clientConnection: {kubeconfig: /etc/kubernetes/scheduler.conf}
            leaderElection: {leaderElect: false, leaseDuration: 30s}
            profiles:
            - schedulerName: packed
              plugins:
                multiPoint:
                  enabled: [{name: ImageLocality, weight: 5}]
                  disabled: [{name: NodeResourcesFit}]
            """);
        Assert.Equal((30, TimeSpan.FromSeconds(2), "/etc/kubernetes/scheduler.conf"), (configuration.PercentageOfNodesToScore, configuration.PodInitialBackoff, configuration.Kubeconfig));
        Assert.Equal((false, TimeSpan.FromSeconds(30)), (configuration.LeaderElection!.Enabled, configuration.LeaderElection.Options.LeaseDuration));
        var profile = Assert.Single(configuration.Profiles);
        Assert.Equal("packed", profile.SchedulerName);
        Assert.Equal([("ImageLocality", 5)], profile.Enabled);
        Assert.Equal(["NodeResourcesFit"], profile.Disabled);
    }

    [Theory]
    [InlineData("extenders: []", "field \"extenders\" is not supported")]
    [InlineData("profiles: [{pluginConfig: []}]", "field \"profiles[0].pluginConfig\" is not supported")]
    [InlineData("profiles: [{plugins: {score: {}}}]", "field \"profiles[0].plugins.score\" is not supported")]
    [InlineData("leaderElection: {resourceLock: endpoints}", "field \"leaderElection.resourceLock\" is not supported")]
    [InlineData("leaderElection: {leaseDuration: 5s}", "leaderElection: leaseDuration must be greater than renewDeadline")]
    [InlineData("percentageOfNodesToScore: 101", "percentageOfNodesToScore: \"101\" is not a whole number from 0 to 100")]
    [InlineData("podInitialBackoffSeconds: 20", "podMaxBackoffSeconds must be greater than or equal to podInitialBackoffSeconds")]
    [InlineData("profiles: [{}, {}]", "profiles: schedulerName \"default-scheduler\" is given twice")]
    public void Names_what_it_refuses(string yaml, string expected) =>
        Assert.Equal(expected, Assert.Throws<FormatException>(() => ConfigurationFile.Parse(Header + yaml)).Message);
}
