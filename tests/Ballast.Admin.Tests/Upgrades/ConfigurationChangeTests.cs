using Ballast.Admin.Clusters;
using Ballast.Admin.Configuration;
using Ballast.Admin.Upgrades;

namespace Ballast.Admin.Tests.Upgrades;

public sealed class ConfigurationChangeTests
{
    private static readonly ClusterConfiguration Current = new()
    {
        ClusterName = "test",
        ControlPlaneEndpoint = "api.example.com:6443",
        ApiServerArguments = [KeyValuePair.Create("v", "2"), KeyValuePair.Create("profiling", "false")],
        EtcdArguments = [KeyValuePair.Create("heartbeat-interval", "200")],
    };

    [Fact]
    public void A_flag_is_set_replaced_and_taken_back_and_the_others_stay()
    {
        var changed = new ConfigurationChange(null, ["kube-apiserver:v=4", "kube-scheduler:--v=3", "etcd:heartbeat-interval-", "kube-apiserver:feature-gates=A=true,B=false"]).On(Current);
        Assert.Equal([new("profiling", "false"), new("v", "4"), new("feature-gates", "A=true,B=false")], changed.ApiServerArguments);
        Assert.Equal([new("v", "3")], changed.SchedulerArguments);
        Assert.Empty(changed.EtcdArguments);
        Assert.Equal(Current.ControlPlaneEndpoint, changed.ControlPlaneEndpoint);
    }

    [Fact]
    public void The_flags_of_a_file_take_the_place_of_all_that_are_there()
    {
        var changed = new ConfigurationChange(new() { SchedulerArguments = [KeyValuePair.Create("v", "5")] }, []).On(Current);
        Assert.Empty(changed.ApiServerArguments);
        Assert.Equal([new("v", "5")], changed.SchedulerArguments);
        Assert.Equal("test", changed.ClusterName);
    }

    [Theory]
    [InlineData("kube-apiserver", "is not of the form COMPONENT:FLAG=VALUE")]
    [InlineData("kube-apiserver:v", "is not of the form COMPONENT:FLAG=VALUE")]
    [InlineData("kube-apisever:v=2", "did you mean kube-apiserver?")]
    [InlineData("kube-apiserver:audit-log-path-", "was given no flag \"audit-log-path\" that could be taken back: it was given v, profiling")]
    public void What_cannot_be_is_refused_with_what_would_be_right(string argument, string words)
    {
        var refusal = Assert.Throws<ClusterException>(() => new ConfigurationChange(null, [argument]).On(Current));
        Assert.Contains(words, refusal.Message, StringComparison.Ordinal);
        Assert.Equal(2, refusal.ExitCode);
    }

    [Fact]
    public void A_file_that_asks_for_another_network_or_name_is_refused()
    {
        var refusal = Assert.Throws<ClusterException>(() => new ConfigurationChange(new() { ServiceSubnet = "10.97.0.0/16" }, []).On(Current));
        Assert.Contains("networking.serviceSubnet is \"10.97.0.0/16\" in the file and \"10.96.0.0/12\" in the cluster", refusal.Message, StringComparison.Ordinal);
        Assert.Throws<ClusterException>(() => new ConfigurationChange(new() { ControlPlaneEndpoint = "other:6443" }, []).On(Current));
    }

    [Fact]
    public void A_configuration_comes_out_of_its_ConfigMap_as_it_went_in()
    {
        var read = ClusterConfiguration.Parse(Current.Render(), "test");
        Assert.All(ClusterConfiguration.Components, c => Assert.Equal(Current.ArgumentsOf(c), read.ArgumentsOf(c)));
    }
}
