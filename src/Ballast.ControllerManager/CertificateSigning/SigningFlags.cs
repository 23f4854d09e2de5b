using Ballast.ComponentBase.Commands;
using Ballast.ComponentBase.Flags;

namespace Ballast.ControllerManager.CertificateSigning;

/// <summary>The flags <c>--cluster-signing-…</c>: one CA for every signer, or one each.</summary>
internal sealed class SigningFlags
{
    private readonly (Flag<string> Certificate, Flag<string> Key) _all;
    private readonly (Flag<string> Certificate, Flag<string> Key) _kubeletServing;
    private readonly (Flag<string> Certificate, Flag<string> Key) _kubeletClient;
    private readonly (Flag<string> Certificate, Flag<string> Key) _kubeApiServerClient;
    private readonly (Flag<string> Certificate, Flag<string> Key) _legacyUnknown;
    private readonly Flag<TimeSpan> _duration;

    public SigningFlags(FlagSet flags)
    {
        _all = Pair(flags, "", "all signers");
        _kubeletServing = Pair(flags, "kubelet-serving-", "the signer kubernetes.io/kubelet-serving");
        _kubeletClient = Pair(flags, "kubelet-client-", "the signer kubernetes.io/kube-apiserver-client-kubelet");
        _kubeApiServerClient = Pair(flags, "kube-apiserver-client-", "the signer kubernetes.io/kube-apiserver-client");
        _legacyUnknown = Pair(flags, "legacy-unknown-", "the signer kubernetes.io/legacy-unknown");
        _duration = flags.Duration("cluster-signing-duration", new SigningOptions().Duration,
            "The max length of duration signed certificates will be given. Individual CSRs may request shorter certs by setting spec.expirationSeconds.");
    }

    /// <exception cref="UsageException">Half a pair, or one for all beside one for some.</exception>
    public SigningOptions Options
    {
        get
        {
            var all = Files(_all);
            var each = new SigningOptions
            {
                KubeletServing = Files(_kubeletServing),
                KubeletClient = Files(_kubeletClient),
                KubeApiServerClient = Files(_kubeApiServerClient),
                LegacyUnknown = Files(_legacyUnknown),
            };
            if (all is not null && each.IsEnabled)
                throw new UsageException("cannot specify --cluster-signing-{cert,key}-file and other --cluster-signing-*-file flags at the same time", 2);
            if (_duration.Value <= TimeSpan.Zero)
                throw new UsageException("--cluster-signing-duration should be more than nothing", 2);
            return (all is null ? each : SigningOptions.With(all)) with { Duration = _duration.Value };
        }
    }

    private static (Flag<string>, Flag<string>) Pair(FlagSet flags, string signer, string whose) =>
    (
        flags.String($"cluster-signing-{signer}cert-file", "", $"Filename containing a PEM-encoded X509 CA certificate used to issue certificates for {whose}."),
        flags.String($"cluster-signing-{signer}key-file", "", $"Filename containing a PEM-encoded RSA or ECDSA private key used to sign certificates for {whose}.")
    );

    private static SigningFiles? Files((Flag<string> Certificate, Flag<string> Key) pair)
    {
        if (pair.Certificate.Value.Length == 0 != (pair.Key.Value.Length == 0))
            throw new UsageException($"--{pair.Certificate.Name} and --{pair.Key.Name} go together: give both or none", 2);
        return pair.Certificate.Value.Length == 0 ? null : new(pair.Certificate.Value, pair.Key.Value);
    }
}
