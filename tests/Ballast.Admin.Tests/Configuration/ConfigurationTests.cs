using Ballast.Admin.Clusters;
using Ballast.Admin.Configuration;
using Ballast.Admin.Pki;

namespace Ballast.Admin.Tests.Configuration;

public sealed class ConfigurationTests : IDisposable
{
    /// <summary>What kubeadm prints as its defaults, with values of its documentation.</summary>
    private const string Defaults =
        """
        apiVersion: kubeadm.k8s.io/v1beta4
        bootstrapTokens:
        - groups:
          - system:bootstrappers:kubeadm:default-node-token
          token: abcdef.0123456789abcdef
          ttl: 24h0m0s
          usages:
          - signing
          - authentication
        kind: InitConfiguration
        localAPIEndpoint:
          advertiseAddress: 1.2.3.4
          bindPort: 6443
        nodeRegistration:
          criSocket: unix:///var/run/containerd/containerd.sock
          imagePullPolicy: IfNotPresent
          imagePullSerial: true
          name: node
          taints: null
        timeouts:
          controlPlaneComponentHealthCheck: 4m0s
          kubernetesAPICall: 1m0s
        ---
        apiServer:
          certSANs: [ "api.internal" ]
          extraArgs:
          - name: audit-log-maxage
            value: "7"
        apiVersion: kubeadm.k8s.io/v1beta4
        caCertificateValidityPeriod: 87600h0m0s
        certificateValidityPeriod: 8760h0m0s
        certificatesDir: /etc/kubernetes/pki
        clusterName: kubernetes
        controlPlaneEndpoint: api.example.com
        controllerManager: {}
        dns: {}
        encryptionAlgorithm: RSA-2048
        etcd:
          local:
            dataDir: /var/lib/etcd
        imageRepository: registry.k8s.io
        kind: ClusterConfiguration
        kubernetesVersion: 1.36.0
        networking:
          dnsDomain: cluster.local
          serviceSubnet: 10.96.0.0/12
        proxy: {}
        scheduler: {}
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_file_of_kubeadms_is_read_as_it_is()
    {
        var init = InitConfiguration.Read(Write(Defaults));
        Assert.Equal("api.example.com:6443", init.Cluster.ControlPlaneEndpoint);
        Assert.Equal(KeyAlgorithm.Rsa2048, init.Cluster.KeyAlgorithm);
        Assert.Equal(["api.internal"], init.Cluster.CertSans);
        Assert.Equal([KeyValuePair.Create("audit-log-maxage", "7")], init.Cluster.ApiServerArguments);
        Assert.Equal(("node", "1.2.3.4"), (init.Host.Name, init.Host.AdvertiseAddress!.ToString()));
        Assert.Equal(("abcdef.0123456789abcdef", TimeSpan.FromHours(24)), (init.Tokens[0].Text, init.Tokens[0].Lifetime));
    }

    [Fact]
    public void What_is_stored_in_the_cluster_reads_as_what_it_was()
    {
        var cluster = InitConfiguration.Read(Write(Defaults)).Cluster with { ClusterName = "a \"b\": c" };
        var again = ClusterConfiguration.Parse(cluster.Render(), "stored");
        Assert.Equal(cluster.Render(), again.Render());
        Assert.Equal(cluster.ClusterName, again.ClusterName);
        Assert.Equal(cluster.ApiServerArguments, again.ApiServerArguments);
    }

    [Theory]
    [InlineData("  certSANs: [ \"api.internal\" ]", "  extraVolumes: []", "apiServer.extraVolumes", "is not supported")]
    [InlineData("dns: {}", "dns:\n  type: CoreDNS", "dns.type", "is not supported")]
    [InlineData("imageRepository:", "imageRepositry:", "imageRepositry", "did you mean imageRepository?")]
    [InlineData("    dataDir: /var/lib/etcd", "    dataDir: /data", "etcd.local.dataDir", "should be /var/lib/etcd")]
    [InlineData("  local:", "  external:", "etcd.external.caFile", "is missing")]
    [InlineData("kubernetesVersion: 1.36.0", "kubernetesVersion: v1.30.1", "kubernetesVersion", "this program is v1.36.2")]
    [InlineData("  serviceSubnet: 10.96.0.0/12", "  serviceSubnet: nonsense", "networking.serviceSubnet", "should be a range")]
    [InlineData("  bindPort: 6443", "  bindPort: 7443", "localAPIEndpoint.bindPort", "should be 6443")]
    [InlineData("  taints: null", "  taints: [ { key: a, effect: NoSchedule } ]", "nodeRegistration.taints", "is not supported")]
    [InlineData("kind: ClusterConfiguration", "kind: ClusterConfig", "kind", "ClusterConfig")]
    [InlineData("apiVersion: kubeadm.k8s.io/v1beta4\ncaCert", "apiVersion: kubeadm.k8s.io/v1beta2\ncaCert", "apiVersion", "should be kubeadm.k8s.io/v1beta4")]
    [InlineData("  - name: audit-log-maxage", "  - key: audit-log-maxage", "apiServer.extraArgs[0].name", "is missing")]
    public void What_is_not_supported_is_named_by_its_path(string find, string replace, string path, string why)
    {
        var text = Defaults.Replace(find, replace, StringComparison.Ordinal);
        Assert.NotEqual(Defaults, text);
        var refusal = Assert.Throws<ClusterException>(() => InitConfiguration.Read(Write(text)));
        Assert.Contains(path, refusal.Message, StringComparison.Ordinal);
        Assert.Contains(why, refusal.Message, StringComparison.Ordinal);
        Assert.Equal(2, refusal.ExitCode);
    }

    [Fact]
    public void A_join_file_is_read_as_it_is()
    {
        var join = JoinConfiguration.Read(Write(
            """
            apiVersion: kubeadm.k8s.io/v1beta4
            kind: JoinConfiguration
            caCertPath: /etc/kubernetes/pki/ca.crt
            discovery:
              bootstrapToken:
                apiServerEndpoint: api.example.com:6443
                token: abcdef.0123456789abcdef
                caCertHashes: [ "sha256:ab" ]
              tlsBootstrapToken: abcdef.0123456789abcdef
            controlPlane:
              localAPIEndpoint:
                advertiseAddress: 10.0.0.2
              certificateKey: "00"
            nodeRegistration:
              kubeletExtraArgs:
              - name: node-labels
                value: rack=7
            """));
        Assert.True(join.ControlPlane);
        Assert.Equal(("api.example.com:6443", "abcdef.0123456789abcdef", "00"), (join.Endpoint, join.Token, join.CertificateKey));
        Assert.Equal(["sha256:ab"], join.CaCertHashes);
        Assert.Equal([KeyValuePair.Create("node-labels", "rack=7")], join.Host.KubeletArguments);
    }

    [Theory]
    [InlineData("api.example.com", "api.example.com:6443")]
    [InlineData("api.example.com:443", "api.example.com:443")]
    [InlineData("10.0.0.1", "10.0.0.1:6443")]
    [InlineData("fd00::1", "[fd00::1]:6443")]
    public void An_endpoint_gets_its_port(string given, string endpoint) => Assert.Equal(endpoint, ClusterConfiguration.WithPort(given));

    [Theory]
    [InlineData("api:http")]
    [InlineData(":6443")]
    [InlineData("api:0")]
    public void What_is_no_endpoint_is_refused(string given) => Assert.Throws<ClusterException>(() => ClusterConfiguration.WithPort(given));

    private string Write(string text)
    {
        var path = Path.Combine(_folder.Path, "config.yaml");
        File.WriteAllText(path, text);
        return path;
    }
}
