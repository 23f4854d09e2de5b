using System.Security.Cryptography.X509Certificates;
using Ballast.Admin.Clusters;
using Ballast.Admin.Files;
using Ballast.Admin.Hosts;
using Ballast.Admin.Kubeconfigs;
using Ballast.Admin.LoadBalancers;
using Ballast.Admin.Pki;
using Ballast.Admin.Rollouts;
using k8s;
using k8s.Models;

namespace Ballast.Admin.Certificates.Rotation;

/// <summary>
/// Takes one host through a stage of a rotation: every file of it that holds a CA, a certificate, or the key of service-account tokens; then whatever reads its files at
/// its start only. Each part can be done again.
/// </summary>
/// <param name="paths">The host's files.</param>
/// <param name="next">What follows.</param>
/// <param name="keys">The keys of that; empty for a host that has no CA's key.</param>
/// <param name="time">The clock.</param>
internal sealed class HostRotation(HostPaths paths, NewAuthorities next, CaRotationKeys keys, TimeProvider time)
{
    /// <summary>Servers read their files again within ten seconds, and clients sooner.</summary>
    public static readonly TimeSpan UntilReloaded = TimeSpan.FromSeconds(12);

    /// <exception cref="ClusterException">The key of one of the CAs is not on the host.</exception>
    public static void RefuseWithoutKeys(HostPaths host, IEnumerable<string> authorities)
    {
        if (authorities.FirstOrDefault(a => !File.Exists(host.Pki(a + ".key"))) is { } authority)
            throw new ClusterException($"{host.Pki(authority + ".key")} is not there: without the old CA's key nothing says that what it signed may be replaced");
    }

    /// <summary>Gets a certificate signed anew; null where nobody can for this host. By default, with the new CA's key.</summary>
    public Func<HostCertificate, X509Certificate2, CancellationToken, Task<KeyPair?>> ReissueAsync { get; init; } =
        (certificate, current, _) => Task.FromResult<KeyPair?>(keys.Reissue(certificate, current, time));

    /// <summary>Changes the files.</summary>
    /// <returns>The certificates that should be signed by the new CAs, and that nobody can have signed for this host.</returns>
    /// <exception cref="ClusterException">Somebody else is at the host's certificates, or a kubeconfig cannot be changed.</exception>
    /// <exception cref="PkiException">A file is missing or damaged.</exception>
    public async Task<IReadOnlyList<HostCertificate>> DistributeAsync(RotationStage stage, CancellationToken cancel)
    {
        using var held = CertificateRenewal.Lock(paths);
        foreach (var authority in next.Certificates.Keys)
            DistributeAuthority(authority, stage);
        DistributeServiceAccountKey(stage);
        var left = new List<HostCertificate>();
        foreach (var certificate in HostCertificate.All.Where(c => next.Certificates.ContainsKey(c.Authority) && c.IsOn(paths)))
        {
            if (!await DistributeCertificateAsync(certificate, stage, cancel))
                left.Add(certificate);
        }
        return left;
    }

    /// <summary>Restarts the static pods of a control plane, as <c>kubectl rollout restart</c> does it: the kubelet starts a pod anew whose manifest has changed. The host's load balancer follows its files.</summary>
    /// <param name="rollout">Of the host.</param>
    /// <param name="at">Which restart it is: what has been restarted in it is left alone.</param>
    /// <param name="cancel">Stops it after the component that is under way.</param>
    public static Task<IReadOnlyList<string>> RestartAsync(HostRollout rollout, string at, CancellationToken cancel) =>
        rollout.RunAsync((component, current) => component == HostBalancer.Component ? current : Restarted(current, at), cancel);

    private void DistributeAuthority(string authority, RotationStage stage)
    {
        var path = paths.Pki(authority);
        if (!File.Exists(path + ".crt"))
            return;
        var bundle = next.Bundle(File.ReadAllText(path + ".crt"), stage, authority);
        if (!File.Exists(path + ".key"))
        {
            AtomicFile.Write(path + ".crt", bundle, AtomicFile.Public);
            return;
        }
        var current = KeyPairFiles.Read(path);
        var wanted = new KeyPair(bundle, stage == RotationStage.AcceptBoth ? current.KeyPem : keys.Authority(authority).KeyPem);
        if (current != wanted)
            KeyPairFiles.Replace(path, wanted, time);
    }

    /// <summary>The public keys change before the private one does, and again after it: what is signed is always accepted.</summary>
    private void DistributeServiceAccountKey(RotationStage stage)
    {
        if (!File.Exists(paths.Pki("sa.key")))
            return;
        AtomicFile.Write(paths.Pki("sa.pub"), NewAuthorities.Bundle(File.ReadAllText(paths.Pki("sa.pub")), next.ServiceAccountKey, stage), AtomicFile.Public);
        if (stage != RotationStage.AcceptBoth)
            AtomicFile.Write(paths.Pki("sa.key"), keys.ServiceAccountKey.KeyPem, AtomicFile.Secret);
    }

    /// <returns>False where it should be signed anew, and is not.</returns>
    private async Task<bool> DistributeCertificateAsync(HostCertificate certificate, RotationStage stage, CancellationToken cancel)
    {
        var kubeconfig = certificate.IsKubeconfig ? EmbeddedCredentials.Read(paths.Kubeconfig(certificate.File)) : null;
        if ((kubeconfig?.Pair ?? certificate.Read(paths)) is not { } pair)
            throw new ClusterException($"{paths.Kubeconfig(certificate.File)} names other files or holds a token: a new CA cannot be put into it") { Hint = "embed its CA and client certificate, then run the same command again" };
        var signed = stage == RotationStage.AcceptBoth ? pair : await SignedByNewAsync(certificate, pair, cancel);
        var wanted = signed ?? pair;
        if (kubeconfig is not null && next.Bundle(kubeconfig.CaPem, stage, certificate.Authority) is var bundle && (kubeconfig.CaPem != bundle || wanted != pair))
            kubeconfig.Write(bundle, wanted);
        else if (kubeconfig is null && wanted != pair)
            KeyPairFiles.Replace(paths.Pki(certificate.File), wanted, time);
        return signed is not null;
    }

    private async Task<KeyPair?> SignedByNewAsync(HostCertificate certificate, KeyPair pair, CancellationToken cancel)
    {
        using var current = HostCertificate.Parse(pair.CertificatePem, certificate.Name);
        return CertificateAuthority.HasSigned(next.Certificates[certificate.Authority], current) ? pair : await ReissueAsync(certificate, current, cancel);
    }

    private static string Restarted(string manifest, string at)
    {
        var pod = KubernetesYaml.Deserialize<V1Pod>(manifest);
        pod.Metadata.Annotations = new Dictionary<string, string>(pod.Metadata.Annotations ?? new Dictionary<string, string>()) { ["kubectl.kubernetes.io/restartedAt"] = at };
        return KubernetesYaml.Serialize(pod);
    }
}
