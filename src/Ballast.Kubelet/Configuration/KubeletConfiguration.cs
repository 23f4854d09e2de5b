using Ballast.ComponentBase.Commands;
using YamlDotNet.Core;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Ballast.Kubelet.Configuration;

/// <summary>
/// The fields of <c>kubelet.config.k8s.io/v1beta1</c> that this kubelet knows. Null where the file does not say. Any other
/// field is an error that names it: a setting that is not honoured must not look as if it were.
/// </summary>
internal sealed class KubeletConfiguration
{
    private const string SupportedVersion = "kubelet.config.k8s.io/v1beta1";

    public string? ApiVersion { get; set; }
    public string? Kind { get; set; }
    public string? Address { get; set; }
    public int? Port { get; set; }
    public int? ReadOnlyPort { get; set; }
    public string? StaticPodPath { get; set; }
    public string? FileCheckFrequency { get; set; }
    public string? NodeStatusUpdateFrequency { get; set; }
    public string? NodeStatusReportFrequency { get; set; }
    public int? NodeLeaseDurationSeconds { get; set; }
    public int? MaxPods { get; set; }
    [YamlMember(Alias = "podCIDR", ApplyNamingConventions = false)]
    public string? PodCidr { get; set; }
    public string? PodLogsDir { get; set; }
    public bool? RotateCertificates { get; set; }
    public bool? RegisterNode { get; set; }
    public List<TaintField>? RegisterWithTaints { get; set; }
    public string? TlsCertFile { get; set; }
    public string? TlsPrivateKeyFile { get; set; }
    public string? ContainerRuntimeEndpoint { get; set; }
    public AuthenticationFields? Authentication { get; set; }

    internal sealed class AuthenticationFields
    {
        public AnonymousFields? Anonymous { get; set; }
        public X509Fields? X509 { get; set; }
    }

    internal sealed class AnonymousFields
    {
        public bool? Enabled { get; set; }
    }

    internal sealed class X509Fields
    {
        [YamlMember(Alias = "clientCAFile", ApplyNamingConventions = false)]
        public string? ClientCAFile { get; set; }
    }

    internal sealed class TaintField
    {
        public string Key { get; set; } = "";
        public string? Value { get; set; }
        public string Effect { get; set; } = "";
    }

    /// <exception cref="UsageException">The file is missing, is something else, or has a field that is not supported.</exception>
    public static KubeletConfiguration Load(string path)
    {
        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"cannot read --config: {e.Message}");
        }
        return Parse(text, path);
    }

    public static KubeletConfiguration Parse(string text, string path)
    {
        KubeletConfiguration configuration;
        try
        {
            configuration = new DeserializerBuilder()
                .WithNamingConvention(CamelCaseNamingConvention.Instance)
                .Build()
                .Deserialize<KubeletConfiguration>(text) ?? new();
        }
        catch (YamlException e)
        {
            throw new UsageException($"--config={path}, line {e.Start.Line}: {Explain(e)}");
        }
        if (configuration.ApiVersion != SupportedVersion || configuration.Kind != nameof(KubeletConfiguration))
            throw new UsageException($"--config={path} is {configuration.ApiVersion}, Kind={configuration.Kind}; wanted is {SupportedVersion}, Kind={nameof(KubeletConfiguration)}");
        if (configuration.ReadOnlyPort is not (null or 0))
            throw new UsageException($"--config={path}: readOnlyPort {configuration.ReadOnlyPort} is not supported: the kubelet answers authenticated requests only");
        if (configuration.Authentication?.Anonymous?.Enabled == true)
            throw new UsageException($"--config={path}: authentication.anonymous.enabled is not supported: the kubelet answers authenticated requests only");
        return configuration;
    }

    private static string Explain(YamlException e)
    {
        const string Marker = "Property '";
        var text = (e.InnerException ?? e).Message;
        var start = text.IndexOf(Marker, StringComparison.Ordinal);
        if (start < 0)
            return text;
        var name = text[(start + Marker.Length)..];
        return $"the field {name[..name.IndexOf('\'', StringComparison.Ordinal)]} is not supported";
    }
}
