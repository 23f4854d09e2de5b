using Ballast.Admin.Kubeconfigs;
using Ballast.Admin.Pki;

namespace Ballast.Admin.LoadBalancers;

/// <summary>Who a load balancer in front of the API servers is to them: it may follow their list, and compete for a virtual address.</summary>
public static class FrontCredentials
{
    public static CertificateSpec User { get; } = new("ballast:load-balancer") { Client = true };

    /// <summary>A kubeconfig of one cluster and one user.</summary>
    /// <param name="server">The load balancer as its own host reaches it; its certificate is an API server's.</param>
    /// <param name="ca">The cluster's CA.</param>
    /// <param name="time">The clock.</param>
    public static string Kubeconfig(Uri server, CertificateAuthority ca, TimeProvider time) =>
        new Kubeconfig(server.GetLeftPart(UriPartial.Authority), "kubernetes", User.CommonName) { TlsServerName = HostBalancer.ServerName }
            .Text(ca.CertificatePem, ca.Issue(User, KeyAlgorithm.EcdsaP256, time));
}
