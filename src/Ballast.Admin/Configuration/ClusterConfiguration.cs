using System.Net;
using System.Text;
using Ballast.Admin.Clusters;
using Ballast.Admin.Pki;

namespace Ballast.Admin.Configuration;

/// <summary>What is the same on all hosts of a cluster: kubeadm's ClusterConfiguration, as far as it is supported.</summary>
public sealed record ClusterConfiguration
{
    public const string Version = "v1.36.2";

    public const int DefaultPort = 6443;

    public string ClusterName { get; init; } = "kubernetes";

    /// <summary>The one stable name of the API: <c>HOST:PORT</c>. Empty means the first control plane's own address.</summary>
    public string ControlPlaneEndpoint { get; init; } = "";

    public string DnsDomain { get; init; } = "cluster.local";

    public string ServiceSubnet { get; init; } = ClusterSpec.ServiceRange;

    public string PodSubnet { get; init; } = ClusterSpec.PodRange;

    public KeyAlgorithm KeyAlgorithm { get; init; }

    /// <summary>Further names and addresses in the API servers' certificates.</summary>
    public IReadOnlyList<string> CertSans { get; init; } = [];

    /// <summary>Flags of kube-apiserver; each wins over the one of the same name.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> ApiServerArguments { get; init; } = [];

    public IReadOnlyList<KeyValuePair<string, string>> ControllerManagerArguments { get; init; } = [];

    public IReadOnlyList<KeyValuePair<string, string>> SchedulerArguments { get; init; } = [];

    public IReadOnlyList<KeyValuePair<string, string>> EtcdArguments { get; init; } = [];

    /// <summary>Null where etcd is on the control planes.</summary>
    public ExternalEtcd? ExternalEtcd { get; init; }

    /// <summary>The components that can be given flags.</summary>
    public static IReadOnlyList<string> Components { get; } = ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd"];

    /// <summary>A component's further flags.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> ArgumentsOf(string component) => component switch
    {
        "kube-apiserver" => ApiServerArguments,
        "kube-controller-manager" => ControllerManagerArguments,
        "kube-scheduler" => SchedulerArguments,
        "etcd" => EtcdArguments,
        _ => throw new ArgumentOutOfRangeException(nameof(component), component, "no component"),
    };

    /// <summary>With other flags of one component.</summary>
    public ClusterConfiguration With(string component, IReadOnlyList<KeyValuePair<string, string>> arguments) => component switch
    {
        "kube-apiserver" => this with { ApiServerArguments = arguments },
        "kube-controller-manager" => this with { ControllerManagerArguments = arguments },
        "kube-scheduler" => this with { SchedulerArguments = arguments },
        "etcd" => this with { EtcdArguments = arguments },
        _ => throw new ArgumentOutOfRangeException(nameof(component), component, "no component"),
    };

    /// <summary><c>https://HOST:PORT</c>, as kubeconfigs carry it.</summary>
    public string Server => $"https://{ControlPlaneEndpoint}";

    /// <summary>The part of the endpoint before its port.</summary>
    public string EndpointHost => ControlPlaneEndpoint[..ControlPlaneEndpoint.LastIndexOf(':')].Trim('[', ']');

    /// <summary>The address of the Service <c>kubernetes</c>: the first of the range.</summary>
    public IPAddress FirstServiceAddress
    {
        get
        {
            var bytes = IPNetwork.Parse(ServiceSubnet).BaseAddress.GetAddressBytes();
            bytes[^1]++;
            return new IPAddress(bytes);
        }
    }

    /// <summary>The names of the endpoint, and the further ones.</summary>
    public IEnumerable<string> NamesInCertificates => [EndpointHost, .. CertSans];

    /// <exception cref="ClusterException">Something cannot be; names it.</exception>
    public ClusterConfiguration Check()
    {
        foreach (var (field, range) in new[] { ("networking.serviceSubnet", ServiceSubnet), ("networking.podSubnet", PodSubnet) })
        {
            if (!IPNetwork.TryParse(range, out _))
                throw new ClusterException($"{field} is \"{range}\", and should be a range like 10.96.0.0/12", 2);
        }
        return this;
    }

    /// <summary>With a port, whatever was given.</summary>
    /// <exception cref="ClusterException">The port is none.</exception>
    public static string WithPort(string endpoint, int port = DefaultPort)
    {
        if (IPAddress.TryParse(endpoint, out var address))
            return new IPEndPoint(address, port).ToString();
        var colon = endpoint.LastIndexOf(':');
        if (colon < 0)
            return $"{endpoint}:{port}";
        return ushort.TryParse(endpoint[(colon + 1)..], out var given) && given > 0 && colon > 0 ? endpoint
            : throw new ClusterException($"\"{endpoint}\" is not an endpoint: write NAME:6443 or ADDRESS:6443", 2);
    }

    /// <summary>In kubeadm's form, for the ConfigMap <c>kubeadm-config</c>.</summary>
    public string Render()
    {
        var text = new StringBuilder();
        Component("apiServer", ApiServerArguments, CertSans);
        text.AppendLine("apiVersion: kubeadm.k8s.io/v1beta4");
        text.AppendLine("certificatesDir: /etc/kubernetes/pki");
        text.AppendLine($"clusterName: {Quote(ClusterName)}");
        text.AppendLine($"controlPlaneEndpoint: {Quote(ControlPlaneEndpoint)}");
        Component("controllerManager", ControllerManagerArguments, []);
        text.AppendLine($"encryptionAlgorithm: {KeyAlgorithm.Name()}");
        text.AppendLine("etcd:");
        Etcd();
        text.AppendLine("kind: ClusterConfiguration");
        text.AppendLine($"kubernetesVersion: {Version}");
        text.AppendLine("networking:");
        text.AppendLine($"  dnsDomain: {Quote(DnsDomain)}");
        text.AppendLine($"  podSubnet: {PodSubnet}");
        text.AppendLine($"  serviceSubnet: {ServiceSubnet}");
        Component("scheduler", SchedulerArguments, []);
        return text.ToString();

        void Etcd()
        {
            if (ExternalEtcd is null)
            {
                text.AppendLine("  local:");
                text.AppendLine("    dataDir: /var/lib/etcd");
                Arguments("    ", EtcdArguments);
                return;
            }
            text.AppendLine("  external:");
            text.AppendLine($"    caFile: {Quote(ExternalEtcd.CaFile)}");
            text.AppendLine($"    certFile: {Quote(ExternalEtcd.CertFile)}");
            text.AppendLine("    endpoints:");
            foreach (var endpoint in ExternalEtcd.Endpoints)
                text.AppendLine($"    - {Quote(endpoint)}");
            text.AppendLine($"    keyFile: {Quote(ExternalEtcd.KeyFile)}");
        }

        void Component(string name, IReadOnlyList<KeyValuePair<string, string>> arguments, IReadOnlyList<string> names)
        {
            if (arguments.Count + names.Count == 0)
                return;
            text.AppendLine($"{name}:");
            if (names.Count > 0)
                text.AppendLine("  certSANs:");
            foreach (var san in names)
                text.AppendLine($"  - {Quote(san)}");
            Arguments("  ", arguments);
        }

        void Arguments(string indent, IReadOnlyList<KeyValuePair<string, string>> arguments)
        {
            if (arguments.Count > 0)
                text.AppendLine($"{indent}extraArgs:");
            foreach (var (name, value) in arguments)
                text.AppendLine($"{indent}- name: {Quote(name)}\n{indent}  value: {Quote(value)}");
        }
    }

    /// <summary>As <see cref="Render"/> wrote it.</summary>
    /// <param name="text">The document.</param>
    /// <param name="source">Where it is from, for messages.</param>
    public static ClusterConfiguration Parse(string text, string source)
    {
        var node = ConfigurationFile.Parse(text, source, "ClusterConfiguration")["ClusterConfiguration"];
        var read = From(node).Check();
        node.RefuseTheRest();
        return read;
    }

    internal static ClusterConfiguration From(ConfigurationNode node)
    {
        node.Ignore("imageRepository", "featureGates");
        node.OneOf("certificatesDir", "/etc/kubernetes/pki");
        if (node.Text("kubernetesVersion", Version) is var version && !version.StartsWith("v1.36.", StringComparison.Ordinal) && !version.StartsWith("1.36.", StringComparison.Ordinal) && version is not ("stable-1" or "stable-1.36" or "latest"))
            throw node.Wrong("kubernetesVersion", $"is \"{version}\", and this program is {Version}");
        node.OneOf("caCertificateValidityPeriod", "87600h0m0s", "87600h");
        node.OneOf("certificateValidityPeriod", "8760h0m0s", "8760h");
        node.Child("dns").Ignore("imageRepository", "imageTag", "disabled");
        node.Child("proxy").Ignore("disabled");
        var networking = node.Child("networking");
        var apiServer = node.Child("apiServer");
        var etcd = node.Child("etcd");
        var external = ExternalEtcd.From(etcd);
        var local = etcd.Child("local");
        local.Ignore("imageRepository", "imageTag");
        local.OneOf("dataDir", "/var/lib/etcd");
        var defaults = new ClusterConfiguration();
        var endpoint = node.Text("controlPlaneEndpoint", "");
        return new ClusterConfiguration
        {
            ClusterName = node.Text("clusterName", defaults.ClusterName),
            ControlPlaneEndpoint = endpoint.Length == 0 ? "" : WithPort(endpoint),
            KeyAlgorithm = KeyAlgorithms.TryParse(node.Text("encryptionAlgorithm", defaults.KeyAlgorithm.Name()), out var algorithm) ? algorithm
                : throw node.Wrong("encryptionAlgorithm", $"should be {string.Join(" or ", KeyAlgorithms.Names)}"),
            DnsDomain = networking.Text("dnsDomain", defaults.DnsDomain),
            ServiceSubnet = networking.Text("serviceSubnet", defaults.ServiceSubnet),
            PodSubnet = networking.Text("podSubnet", defaults.PodSubnet),
            CertSans = apiServer.Texts("certSANs"),
            ApiServerArguments = apiServer.Arguments("extraArgs"),
            ControllerManagerArguments = node.Child("controllerManager").Arguments("extraArgs"),
            SchedulerArguments = node.Child("scheduler").Arguments("extraArgs"),
            EtcdArguments = local.Arguments("extraArgs"),
            ExternalEtcd = external,
        };
    }

    /// <summary>A double-quoted YAML scalar.</summary>
    private static string Quote(string text) => $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
