using System.Net;

namespace Ballast.Admin.Configuration;

/// <summary>What one host is told about itself: kubeadm's <c>nodeRegistration</c> and <c>localAPIEndpoint</c>.</summary>
public sealed record HostConfiguration
{
    /// <summary>The node's name; empty for the machine's.</summary>
    public string Name { get; init; } = "";

    /// <summary>Where this host's servers listen; null for its first address.</summary>
    public IPAddress? AdvertiseAddress { get; init; }

    /// <summary>Flags of the kubelet; each wins over the one of the same name.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> KubeletArguments { get; init; } = [];

    /// <summary>Checks whose failure is only a warning.</summary>
    public IReadOnlyList<string> IgnorePreflightErrors { get; init; } = [];

    internal static HostConfiguration From(ConfigurationNode registration, ConfigurationNode endpoint)
    {
        registration.Ignore("criSocket", "imagePullPolicy", "imagePullSerial");
        if (registration.Children("taints").Count > 0)
            throw registration.Wrong("taints", "is not supported: control planes have node-role.kubernetes.io/control-plane:NoSchedule, workers none");
        endpoint.OneOf("bindPort", "6443");
        return new()
        {
            Name = registration.Text("name", ""),
            KubeletArguments = registration.Arguments("kubeletExtraArgs"),
            IgnorePreflightErrors = registration.Texts("ignorePreflightErrors"),
            AdvertiseAddress = endpoint.Text("advertiseAddress") is not { } text ? null
                : IPAddress.TryParse(text, out var address) ? address : throw endpoint.Wrong("advertiseAddress", $"is \"{text}\", and should be an address"),
        };
    }
}
