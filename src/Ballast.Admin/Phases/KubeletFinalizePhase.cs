using System.Text.RegularExpressions;
using Ballast.Admin.Files;

namespace Ballast.Admin.Phases;

/// <summary>Has the kubelet's kubeconfig name the certificate that the kubelet renews itself, once there is one: <c>pki/kubelet-client-current.pem</c>. Ballast's kubelet also does so when it renews.</summary>
public sealed class KubeletFinalizePhase : IPhase
{
    public string Name => "kubelet-finalize";

    public string Title => "Let the kubelet renew its certificate";

    public IReadOnlyList<IPhase> Parts => [new PhasePart("enable-client-cert-rotation", Title, Writes, (context, cancel) => RunAsync(context, cancel))];

    public IEnumerable<string> Writes(PhaseContext context) => [context.Paths.Kubeconfig("kubelet.conf")];

    public Task<string> RunAsync(PhaseContext context, CancellationToken cancel)
    {
        var (file, certificate) = (context.Paths.Kubeconfig("kubelet.conf"), Path.Combine(context.Paths.KubeletData, "pki/kubelet-client-current.pem"));
        if (!File.Exists(file) || !File.Exists(certificate))
            return Task.FromResult("it has not renewed any yet");
        var text = File.ReadAllText(file);
        var named = new[] { "client-certificate", "client-key" }.Aggregate(text,
            (all, field) => Regex.Replace(all, $"^(?<indent>[ -]*){field}(-data)?:.*$", m => $"{m.Groups["indent"].Value}{field}: {certificate}", RegexOptions.Multiline));
        if (named != text)
            AtomicFile.Write(file, named, AtomicFile.Secret);
        return Task.FromResult(certificate);
    }
}
