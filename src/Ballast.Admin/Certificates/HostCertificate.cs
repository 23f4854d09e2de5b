using System.Security.Cryptography.X509Certificates;
using Ballast.Admin.Hosts;
using Ballast.Admin.Kubeconfigs;
using Ballast.Admin.Pki;

namespace Ballast.Admin.Certificates;

/// <summary>A certificate that a host keeps together with its key, under kubeadm's name: in a pair of files below <c>pki</c>, or in a kubeconfig.</summary>
/// <param name="Name"><c>etcd-server</c>, <c>admin.conf</c>.</param>
/// <param name="Authority">The CA that signs it, below <c>pki</c>: <c>etcd/ca</c>.</param>
/// <param name="File">Below <c>pki</c> and without an ending; for a kubeconfig its name.</param>
public sealed record HostCertificate(string Name, string Authority, string File)
{
    /// <summary>All that a host can have, in the order they are shown.</summary>
    public static IReadOnlyList<HostCertificate> All { get; } =
    [
        new("admin.conf", "ca", "admin.conf"),
        new("apiserver", "ca", "apiserver"),
        new("apiserver-etcd-client", "etcd/ca", "apiserver-etcd-client"),
        new("apiserver-kubelet-client", "ca", "apiserver-kubelet-client"),
        new("backup-controller.conf", "ca", "backup-controller.conf"),
        new("controller-manager.conf", "ca", "controller-manager.conf"),
        new("etcd-healthcheck-client", "etcd/ca", "etcd/healthcheck-client"),
        new("etcd-peer", "etcd/ca", "etcd/peer"),
        new("etcd-server", "etcd/ca", "etcd/server"),
        new("front-proxy-client", "front-proxy-ca", "front-proxy-client"),
        new("kubelet.conf", "ca", "kubelet.conf"),
        new("load-balancer.conf", "ca", "load-balancer.conf"),
        new("scheduler.conf", "ca", "scheduler.conf"),
        new("super-admin.conf", "ca", "super-admin.conf"),
    ];

    /// <summary>The cluster's CAs, below <c>pki</c>.</summary>
    public static IReadOnlyList<string> Authorities { get; } = ["ca", "etcd/ca", "front-proxy-ca"];

    /// <summary>kubeadm's name for a CA: <c>etcd-ca</c>.</summary>
    public static string AuthorityName(string authority) => authority.Replace('/', '-');

    public bool IsKubeconfig => Name.EndsWith(".conf", StringComparison.Ordinal);

    public bool IsOn(HostPaths paths) => System.IO.File.Exists(IsKubeconfig ? paths.Kubeconfig(File) : paths.Pki(File + ".crt"));

    /// <summary>Null where the host keeps it elsewhere, as a kubelet does that asks for its certificates itself.</summary>
    /// <exception cref="PkiException">A file is missing or damaged.</exception>
    public KeyPair? Read(HostPaths paths) => IsKubeconfig ? EmbeddedCredentials.Read(paths.Kubeconfig(File))?.Pair : KeyPairFiles.Read(paths.Pki(File));

    /// <summary>Takes the place of the pair that is there.</summary>
    public void Replace(HostPaths paths, KeyPair pair, TimeProvider time)
    {
        if (!IsKubeconfig)
            KeyPairFiles.Replace(paths.Pki(File), pair, time);
        else if (EmbeddedCredentials.Read(paths.Kubeconfig(File)) is { } kubeconfig)
            kubeconfig.Write(kubeconfig.CaPem, pair);
    }

    /// <summary>The first certificate of a PEM text.</summary>
    /// <exception cref="PkiException">There is none.</exception>
    public static X509Certificate2 Parse(string pem, string where)
    {
        try
        {
            return X509Certificate2.CreateFromPem(pem);
        }
        catch (System.Security.Cryptography.CryptographicException damaged)
        {
            throw new PkiException($"the certificate {where} cannot be read: {damaged.Message}");
        }
    }
}
