using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Ballast.ComponentBase.Commands;
using Ballast.ComponentBase.Flags;
using k8s.Models;

namespace Ballast.Kubelet.Configuration;

/// <summary>Upstream's kubelet flags. A flag that was given wins over the same setting in <c>--config</c>.</summary>
internal sealed class KubeletFlags(FlagSet flags)
{
    private const string DefaultRoot = "/var/lib/kubelet";

    private readonly Flag<string> _config = flags.String("config", "", "A KubeletConfiguration file; flags win over it.");
    private readonly Flag<string> _kubeconfig = flags.String("kubeconfig", "", "How to reach the API server; without it the kubelet runs static pods only.");
    private readonly Flag<string> _bootstrapKubeconfig = flags.String("bootstrap-kubeconfig", "", "Used to get a client certificate where --kubeconfig does not exist yet.");
    private readonly Flag<string> _hostname = flags.String("hostname-override", "", "The Node's name instead of the host's.");
    private readonly Flag<string> _nodeIP = flags.String("node-ip", "", "The Node's address.");
    private readonly Flag<string> _root = flags.String("root-dir", DefaultRoot, "Where the kubelet keeps its own files.");
    private readonly Flag<string> _logs = flags.String("log-dir", "/var/log", "The folder below which, in pods, the containers' logs are.");
    private readonly Flag<string> _manifests = flags.String("pod-manifest-path", "", "The folder of static pods' manifests.");
    private readonly Flag<TimeSpan> _fileCheck = flags.Duration("file-check-frequency", TimeSpan.FromSeconds(20), "How often the manifests are read without a sign of change.");
    private readonly Flag<bool> _rotate = flags.Bool("rotate-certificates", false, "Ask the API server for the next client certificate as the present one nears its end.");
    private readonly Flag<bool> _register = flags.Bool("register-node", true, "Register the Node with the API server.");
    private readonly Flag<IReadOnlyList<string>> _taints = flags.StringSlice("register-with-taints", [], "Taints to register with, as key=value:effect.");
    private readonly Flag<IReadOnlyDictionary<string, string>> _labels = flags.Map("node-labels", "Labels to register with.");
    private readonly Flag<IReadOnlyDictionary<string, string>> _capacity = flags.Map("node-capacity", "What the Node claims to have instead of what the machine has: cpu=4,memory=8Gi.");
    private readonly Flag<int> _maxPods = flags.Int("max-pods", 110, "How many pods the Node takes.");
    private readonly Flag<string> _podCidr = flags.String("pod-cidr", "", "The range of this Node's pod addresses.");
    private readonly Flag<string> _address = flags.String("address", "0.0.0.0", "Where the kubelet serves.");
    private readonly Flag<int> _port = flags.Int("port", 10250, "The port of the kubelet's server.");
    private readonly Flag<int> _readOnlyPort = flags.Int("read-only-port", 0, "Must be 0: the kubelet answers authenticated requests only.");
    private readonly Flag<string> _certificate = flags.String("tls-cert-file", "", "The serving certificate; one is made where none is given.");
    private readonly Flag<string> _key = flags.String("tls-private-key-file", "", "The serving certificate's key.");
    private readonly Flag<string> _clientCA = flags.String("client-ca-file", "", "The CA of those who may ask the kubelet.");
    private readonly Flag<string> _runtime = flags.String("container-runtime-endpoint", "unix:///run/containerd/containerd.sock", "What runs pods: process://, hollow://, or a CRI socket.");
    private readonly Flag<string> _staticRuntime = flags.String("static-pod-runtime-endpoint", "", "What runs static pods, where it is another.");
    private readonly Flag<TimeSpan> _statusUpdate = flags.Duration("node-status-update-frequency", TimeSpan.FromSeconds(10), "How often the Node's status is computed.");

    /// <exception cref="UsageException">A setting is wrong, or asks for what is not there.</exception>
    public KubeletOptions Read()
    {
        var file = _config.Value.Length > 0 ? KubeletConfiguration.Load(_config.Value) : new KubeletConfiguration();
        if (_readOnlyPort.Value != 0)
            throw new UsageException($"--read-only-port={_readOnlyPort.Value} is not supported: the kubelet answers authenticated requests only");
        var runtime = Choose(_runtime, file.ContainerRuntimeEndpoint);
        return new KubeletOptions(
            NodeName: (_hostname.Value.Length > 0 ? _hostname.Value : Dns.GetHostName()).Trim().ToLowerInvariant(),
            NodeIP: _nodeIP.Value.Length > 0 ? ParseAddress("node-ip", _nodeIP.Value) : FirstAddress(),
            Kubeconfig(),
            Path.GetFullPath(_root.Value),
            Path.GetFullPath(!_logs.IsSet && file.PodLogsDir is { } pods ? pods : Path.Combine(_logs.Value, "pods")),
            NullIfEmpty(Choose(_manifests, file.StaticPodPath)) is { } manifests ? Path.GetFullPath(manifests) : null,
            Choose(_fileCheck, file.FileCheckFrequency, "fileCheckFrequency"),
            new NodeOptions(
                Choose(_register, file.RegisterNode),
                _taints.IsSet ? [.. _taints.Value.Select(Taint)] : [.. (file.RegisterWithTaints ?? []).Select(t => new V1Taint { Key = t.Key, Value = t.Value, Effect = t.Effect })],
                _labels.Value,
                _capacity.Value,
                Choose(_maxPods, file.MaxPods),
                Choose(_statusUpdate, file.NodeStatusUpdateFrequency, "nodeStatusUpdateFrequency"),
                Duration(file.NodeStatusReportFrequency, "nodeStatusReportFrequency") ?? TimeSpan.FromMinutes(5),
                TimeSpan.FromSeconds(file.NodeLeaseDurationSeconds ?? 40)),
            ParseAddress("address", Choose(_address, file.Address)),
            Choose(_port, file.Port),
            Choose(_certificate, file.TlsCertFile),
            Choose(_key, file.TlsPrivateKeyFile),
            NullIfEmpty(Choose(_clientCA, file.Authentication?.X509?.ClientCAFile)),
            runtime,
            _staticRuntime.Value.Length > 0 ? _staticRuntime.Value : runtime,
            Network(Choose(_podCidr, file.PodCidr)))
        {
            RotateCertificates = Choose(_rotate, file.RotateCertificates),
        };
    }

    private string? Kubeconfig()
    {
        if (_kubeconfig.Value.Length == 0)
            return null;
        if (File.Exists(_kubeconfig.Value))
            return _kubeconfig.Value;
        throw new UsageException(_bootstrapKubeconfig.Value.Length > 0
            ? $"--kubeconfig={_kubeconfig.Value} does not exist, and getting one with --bootstrap-kubeconfig is not supported"
            : $"--kubeconfig={_kubeconfig.Value} does not exist");
    }

    private static string Choose(Flag<string> flag, string? file) => flag.IsSet ? flag.Value : file ?? flag.Value;

    private static T Choose<T>(Flag<T> flag, T? file) where T : struct => flag.IsSet ? flag.Value : file ?? flag.Value;

    private static TimeSpan Choose(Flag<TimeSpan> flag, string? file, string field) => Choose(flag, Duration(file, field));

    private static TimeSpan? Duration(string? text, string field) =>
        text is null ? null
        : GoDuration.TryParse(text, out var duration) ? duration
        : throw new UsageException($"--config: {field}: \"{text}\" is not a duration like 15s or 1h30m");

    private static IPAddress ParseAddress(string flag, string text) =>
        IPAddress.TryParse(text, out var address) ? address : throw new UsageException($"--{flag}: \"{text}\" is not an address");

    private static IPNetwork? Network(string text) =>
        text.Length == 0 ? null
        : IPNetwork.TryParse(text, out var network) ? network
        : throw new UsageException($"--pod-cidr: \"{text}\" is not a range like 10.244.1.0/24");

    private static V1Taint Taint(string text)
    {
        var colon = text.LastIndexOf(':');
        if (colon <= 0)
            throw new UsageException($"--register-with-taints: \"{text}\" is not key=value:effect");
        var pair = text[..colon].Split('=', 2);
        return new V1Taint { Key = pair[0], Value = pair.Length > 1 ? pair[1] : null, Effect = text[(colon + 1)..] };
    }

    private static string? NullIfEmpty(string text) => text.Length > 0 ? text : null;

    /// <summary>The first address of this machine that others can reach, else loopback.</summary>
    private static IPAddress FirstAddress() =>
        NetworkInterface.GetAllNetworkInterfaces()
            .Where(i => i.OperationalStatus == OperationalStatus.Up && i.NetworkInterfaceType != NetworkInterfaceType.Loopback)
            .SelectMany(i => i.GetIPProperties().UnicastAddresses)
            .Select(a => a.Address)
            .FirstOrDefault(a => a.AddressFamily == AddressFamily.InterNetwork) ?? IPAddress.Loopback;
}
