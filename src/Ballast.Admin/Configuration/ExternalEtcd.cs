using Ballast.Admin.Clusters;
using Ballast.Admin.Hosts;
using Ballast.Etcd;

namespace Ballast.Admin.Configuration;

/// <summary>An etcd that runs elsewhere and is looked after by somebody else: kubeadm's <c>etcd.external</c>.</summary>
/// <param name="Endpoints">The client URL of every member.</param>
/// <param name="CaFile">Signs what the members serve. As the other two a path of the host, below its root folder.</param>
/// <param name="CertFile">What the API server shows them.</param>
/// <param name="KeyFile">The key of that.</param>
public sealed record ExternalEtcd(IReadOnlyList<string> Endpoints, string CaFile, string CertFile, string KeyFile)
{
    /// <summary>The files as they are on a host.</summary>
    public EtcdTls On(HostPaths paths) => new(On(paths, CaFile), On(paths, CertFile), On(paths, KeyFile));

    private static string On(HostPaths paths, string file) => Path.Combine(paths.Root, file.TrimStart('/'));

    /// <summary>Null where the file has none.</summary>
    /// <exception cref="ClusterException">Something of it is missing, or is no URL.</exception>
    internal static ExternalEtcd? From(ConfigurationNode etcd)
    {
        var external = etcd.Child("external");
        if (!external.IsPresent)
            return null;
        if (etcd.Child("local").IsPresent)
            throw etcd.Wrong("external", "cannot go together with etcd.local: etcd is either on the control planes or elsewhere");
        // The members are met with mutual TLS, and not at all without.
        foreach (var file in new[] { "caFile", "certFile", "keyFile" })
        {
            if (!external.Required(file).StartsWith('/'))
                throw external.Wrong(file, $"is \"{external.Text(file)}\", and should be a whole path");
        }
        var endpoints = external.Texts("endpoints");
        if (endpoints.Count == 0)
            throw etcd.Wrong("external", "has no endpoints: name the client URL of every member");
        if (endpoints.FirstOrDefault(e => !Uri.TryCreate(e, UriKind.Absolute, out var url) || url.Scheme != "https") is { } wrong)
            throw external.Wrong("endpoints", $"holds \"{wrong}\", and should hold URLs like https://10.0.0.51:2379");
        return new(endpoints, external.Required("caFile"), external.Required("certFile"), external.Required("keyFile"));
    }
}
