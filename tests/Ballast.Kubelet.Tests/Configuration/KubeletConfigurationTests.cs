using Ballast.ComponentBase.Commands;
using Ballast.Kubelet.Configuration;

namespace Ballast.Kubelet.Tests.Configuration;

public sealed class KubeletConfigurationTests
{
    private const string Header = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n";

    private static KubeletConfiguration Parse(string text) => KubeletConfiguration.Parse(Header + text, "config.yaml");

    [Fact]
    public void Fields_have_upstreams_names()
    {
        var configuration = Parse("""
            address: 127.0.0.2
            port: 10251
            staticPodPath: /etc/kubernetes/manifests
            podCIDR: 10.244.1.0/24
            authentication:
              anonymous: {enabled: false}
              x509: {clientCAFile: /ca.crt}
            registerWithTaints: [{key: a, effect: NoSchedule}]
            """);
        Assert.Equal(("127.0.0.2", 10251, "/etc/kubernetes/manifests"), (configuration.Address, configuration.Port, configuration.StaticPodPath));
        Assert.Equal(("10.244.1.0/24", "/ca.crt"), (configuration.PodCidr, configuration.Authentication!.X509!.ClientCAFile));
        Assert.Equal("a", Assert.Single(configuration.RegisterWithTaints!).Key);
    }

    [Theory]
    [InlineData("evictionHard: {}", "the field evictionHard is not supported")]
    [InlineData("authentication: {webhook: {enabled: true}}", "the field webhook is not supported")]
    [InlineData("readOnlyPort: 10255", "readOnlyPort 10255 is not supported")]
    [InlineData("authentication: {anonymous: {enabled: true}}", "authentication.anonymous.enabled is not supported")]
    public void What_is_not_honoured_is_refused_by_name(string text, string expected) =>
        Assert.Contains(expected, Assert.Throws<UsageException>(() => Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Another_kind_of_file_is_refused() =>
        Assert.Contains("wanted is kubelet.config.k8s.io/v1beta1", Assert.Throws<UsageException>(() => KubeletConfiguration.Parse("apiVersion: v1\nkind: Pod", "pod.yaml")).Message, StringComparison.Ordinal);
}
