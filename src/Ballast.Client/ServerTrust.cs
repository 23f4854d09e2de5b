using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using k8s;

namespace Ballast.Client;

/// <summary>Whether a server is the one that a client is to talk to.</summary>
internal static class ServerTrust
{
    /// <summary>True where the server's certificate is for the name asked and ends at a CA of the configuration.</summary>
    public static bool Trusts(KubernetesClientConfiguration config, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (config.SkipTlsVerify || errors == SslPolicyErrors.None)
            return true;
        if (certificate is null || chain is null || errors != SslPolicyErrors.RemoteCertificateChainErrors || config.SslCaCerts is null)
            return false;
        using var ours = new X509Chain();
        ours.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        ours.ChainPolicy.CustomTrustStore.AddRange(config.SslCaCerts);
        ours.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        foreach (var sent in chain.ChainElements.Skip(1))
            ours.ChainPolicy.ExtraStore.Add(sent.Certificate);
        return ours.Build((X509Certificate2)certificate);
    }
}
