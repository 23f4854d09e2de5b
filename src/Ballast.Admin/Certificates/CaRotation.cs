using System.Security.Cryptography;
using Ballast.Admin.Clusters;
using Ballast.Admin.Files;
using Ballast.Admin.Hosts;
using Ballast.Admin.Kubeconfigs;
using Ballast.Admin.LoadBalancers;
using Ballast.Admin.Phases;
using Ballast.Admin.Pki;
using Ballast.Admin.Rollouts;
using Ballast.Admin.Tokens;
using Ballast.Client;
using k8s;
using k8s.Models;

namespace Ballast.Admin.Certificates;

/// <summary>
/// Replaces the cluster's CAs and the key of service-account tokens while everything goes on: first all accept what the old and the new CAs sign, then everything is
/// signed by the new ones, then the old ones are dropped. Between these, whatever reads its files at its start only is started anew, one component at a time. Each step
/// is recorded when it is done, and can be done again: whoever dies in the middle is followed by the next run, which begins with the step that was under way.
/// </summary>
/// <param name="directory">The cluster's folder.</param>
/// <param name="steps">Told of the progress.</param>
/// <param name="time">The clock.</param>
public sealed class CaRotation(ClusterDirectory directory, ISteps steps, TimeProvider time)
{
    private enum Stage
    {
        AcceptBoth,
        Reissue,
        DropOld,
    }

    /// <summary>Servers read their files again within ten seconds, and clients sooner.</summary>
    private static readonly TimeSpan UntilReloaded = TimeSpan.FromSeconds(12);

    private readonly ClusterSpec _spec = directory.Load();
    private readonly CaRotationFiles _files = new(directory);

    /// <summary>The steps that can be stopped after, in their order.</summary>
    public static IReadOnlyList<string> StepNames { get; } = ["generate", "accept-both", "restart-accepting", "reissue", "restart-reissued", "drop-old", "restart-dropped"];

    /// <param name="until">The last step to be done now; null for all.</param>
    /// <param name="cancel">Stops it; a later run goes on from there.</param>
    /// <returns>False where steps are left.</returns>
    /// <exception cref="ClusterException">Something is not well enough to go on.</exception>
    public async Task<bool> RunAsync(string? until, CancellationToken cancel)
    {
        using var held = directory.Lock();
        return await ChangeLock.HoldAsync(Kubeconfig, "ballast certs rotate-ca", steps, time, token => StepsAsync(until, token), cancel);
    }

    private string Kubeconfig => directory.OperatorKubeconfig(_spec);

    private async Task<bool> StepsAsync(string? until, CancellationToken cancel)
    {
        var state = _files.Load(time);
        _files.Save(state);
        (string Name, string Title, Func<CancellationToken, Task<string>> Work)[] all =
        [
            ("generate", "Make the new CAs", _ => Task.FromResult(Generate())),
            ("accept-both", "Accept both the old CAs and the new", token => DistributeAsync(Stage.AcceptBoth, token)),
            ("restart-accepting", "Restart what reads its CA at its start", token => RestartAsync(state.Id, "restart-accepting", token)),
            ("reissue", "Sign everything with the new CAs", token => DistributeAsync(Stage.Reissue, token)),
            ("restart-reissued", "Restart what reads its keys at its start", token => RestartAsync(state.Id, "restart-reissued", token)),
            ("drop-old", "Accept the new CAs only", token => DistributeAsync(Stage.DropOld, token)),
            ("restart-dropped", "Restart what reads its CA at its start", token => RestartAsync(state.Id, "restart-dropped", token)),
        ];
        foreach (var (name, title, work) in all)
        {
            if (!state.Done.Contains(name))
            {
                await steps.RunAsync($"{title} ({name})", work, cancel);
                state = state with { Done = [.. state.Done, name] };
                _files.Save(state);
            }
            if (name == until && name != StepNames[^1])
                return false;
        }
        _files.Delete();
        return true;
    }

    private string Generate()
    {
        var first = directory.Paths(_spec.ControlPlaneHosts.First());
        foreach (var authority in HostCertificate.Authorities.Where(a => !File.Exists(first.Pki(a + ".key"))))
            throw new ClusterException($"{first.Pki(authority + ".key")} is not there: without the old CA's key nothing says that what it signed may be replaced");
        _files.Generate(first, NewServiceAccountKey, time);
        return string.Join(", ", HostCertificate.Authorities.Select(HostCertificate.AuthorityName).Append("sa"));
    }

    private static KeyPair NewServiceAccountKey(KeyPair old)
    {
        using AsymmetricAlgorithm key = IsRsa(old.CertificatePem) ? KeyAlgorithm.Rsa2048.NewKey() : KeyAlgorithm.EcdsaP256.NewKey();
        return new(key.ExportSubjectPublicKeyInfoPem() + "\n", key.PrivateKeyPem());
    }

    private static bool IsRsa(string publicKeyPem)
    {
        using var rsa = RSA.Create();
        try
        {
            rsa.ImportFromPem(publicKeyPem);
            return true;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    private async Task<string> DistributeAsync(Stage stage, CancellationToken cancel)
    {
        foreach (var host in _spec.Hosts)
        {
            cancel.ThrowIfCancellationRequested();
            var paths = directory.Paths(host);
            using var held = CertificateRenewal.Lock(paths);
            foreach (var authority in HostCertificate.Authorities)
                DistributeAuthority(paths, authority, stage);
            DistributeServiceAccountKey(paths, stage);
            foreach (var certificate in HostCertificate.All.Where(c => c.IsOn(paths)))
                DistributeCertificate(paths, certificate, stage);
        }
        await Task.Delay(UntilReloaded, time, cancel);
        await PublishAsync(stage, cancel);
        return $"{_spec.Hosts.Count} hosts";
    }

    /// <summary>The certificate that belongs to the key comes first: that is the one to sign with.</summary>
    private string Bundle(string authority, Stage stage) => stage switch
    {
        Stage.AcceptBoth => _files.OldPair(authority).CertificatePem + _files.NewPair(authority).CertificatePem,
        Stage.Reissue => _files.NewPair(authority).CertificatePem + _files.OldPair(authority).CertificatePem,
        _ => _files.NewPair(authority).CertificatePem,
    };

    private void DistributeAuthority(HostPaths paths, string authority, Stage stage)
    {
        var path = paths.Pki(authority);
        if (!File.Exists(path + ".crt"))
            return;
        var bundle = Bundle(authority, stage);
        if (!File.Exists(path + ".key"))
        {
            AtomicFile.Write(path + ".crt", bundle, AtomicFile.Public);
            return;
        }
        var wanted = new KeyPair(bundle, (stage == Stage.AcceptBoth ? _files.OldPair(authority) : _files.NewPair(authority)).KeyPem);
        if (KeyPairFiles.Read(path) != wanted)
            KeyPairFiles.Replace(path, wanted, time);
    }

    /// <summary>The public keys change before the private one does, and again after it: what is signed is always accepted.</summary>
    private void DistributeServiceAccountKey(HostPaths paths, Stage stage)
    {
        if (!File.Exists(paths.Pki("sa.key")))
            return;
        var (old, next) = (_files.OldServiceAccount, _files.NewServiceAccount);
        AtomicFile.Write(paths.Pki("sa.pub"), stage == Stage.DropOld ? next.CertificatePem : old.CertificatePem + next.CertificatePem, AtomicFile.Public);
        AtomicFile.Write(paths.Pki("sa.key"), stage == Stage.AcceptBoth ? old.KeyPem : next.KeyPem, AtomicFile.Secret);
    }

    private void DistributeCertificate(HostPaths paths, HostCertificate certificate, Stage stage)
    {
        var kubeconfig = certificate.IsKubeconfig ? EmbeddedCredentials.Read(paths.Kubeconfig(certificate.File)) : null;
        if ((kubeconfig?.Pair ?? certificate.Read(paths)) is not { } pair)
            throw new ClusterException($"{paths.Kubeconfig(certificate.File)} names other files or holds a token: a new CA cannot be put into it") { Hint = "embed its CA and client certificate, then run the same command again" };
        var signed = stage == Stage.AcceptBoth ? pair : SignedByNew(certificate, pair);
        if (kubeconfig is not null && (kubeconfig.CaPem != Bundle("ca", stage) || signed != pair))
            kubeconfig.Write(Bundle("ca", stage), signed);
        else if (kubeconfig is null && signed != pair)
            KeyPairFiles.Replace(paths.Pki(certificate.File), signed, time);
    }

    private KeyPair SignedByNew(HostCertificate certificate, KeyPair pair)
    {
        using var current = HostCertificate.Parse(pair.CertificatePem, certificate.Name);
        using var ca = _files.New(certificate.Authority);
        return ca.Signed(current) ? pair : ca.Reissue(current, time);
    }

    /// <summary>Hosts that are to join find the cluster by this.</summary>
    private async Task PublishAsync(Stage stage, CancellationToken cancel)
    {
        using var client = ClientFactory.Create(Kubeconfig, "ballast");
        var maps = client.Resources<V1ConfigMap>();
        if (await maps.FindAsync(ClusterInfo.Namespace, ClusterInfo.Name, cancel) is not { } map)
            return;
        map.Data[ClusterInfo.ContentKey] = new ClusterInfo(_spec.Endpoint, Bundle("ca", stage)).Render();
        await maps.UpdateAsync(map, cancel);
    }

    private async Task<string> RestartAsync(string id, string step, CancellationToken cancel)
    {
        var scope = RolloutScope.Of(_spec, directory, time);
        var restarted = 0;
        foreach (var host in _spec.EtcdHosts.Union(_spec.ControlPlaneHosts))
        {
            var rollout = new HostRollout(new(host.Name, host.IPAddress, directory.Paths(host)), scope, time);
            restarted += (await rollout.RunAsync((component, current) => component == HostBalancer.Component ? current : Restarted(current, $"{id}.{step}"), cancel)).Count;
        }
        if (_spec is { LoadBalancer: LoadBalancerKind.Haproxy, Front: { } front })
            new HAProxyFront(_spec, front, directory.Paths(front)).Reload();
        return $"{restarted} restarted";
    }

    /// <summary>As <c>kubectl rollout restart</c> does it: the kubelet starts a pod anew whose manifest has changed.</summary>
    private static string Restarted(string manifest, string at)
    {
        var pod = KubernetesYaml.Deserialize<V1Pod>(manifest);
        pod.Metadata.Annotations = new Dictionary<string, string>(pod.Metadata.Annotations ?? new Dictionary<string, string>()) { ["kubectl.kubernetes.io/restartedAt"] = at };
        return KubernetesYaml.Serialize(pod);
    }
}
