using System.Text.RegularExpressions;
using Ballast.Admin.Clusters;
using Ballast.Admin.Files;

namespace Ballast.Admin.Hosts;

/// <summary>The kubelet's command line on a host.</summary>
public static partial class KubeletDaemon
{
    /// <param name="host">The host.</param>
    /// <param name="program">Full path of the ballast executable.</param>
    /// <param name="isControlPlane">Registers the node with the taint of control planes.</param>
    /// <param name="withApiServer">False where it runs its manifests and nothing else.</param>
    /// <param name="arguments">Further flags; each wins over the one of the same name.</param>
    public static Daemon Of(Host host, string program, bool isControlPlane, bool withApiServer, IEnumerable<KeyValuePair<string, string>> arguments)
    {
        var (paths, further) = (host.Paths, arguments.ToList());
        List<string> flags =
        [
            $"--config={paths.KubeletConfig}",
            $"--root-dir={paths.KubeletData}",
            $"--log-dir={paths.Logs}",
            $"--hostname-override={host.Name}",
            $"--node-ip={host.Address}",
            "--container-runtime-endpoint=hollow://",
            "--static-pod-runtime-endpoint=process://",
        ];
        if (withApiServer)
            flags.Add($"--kubeconfig={paths.Kubeconfig("kubelet.conf")}");
        if (isControlPlane)
            flags.Add("--register-with-taints=node-role.kubernetes.io/control-plane=:NoSchedule");
        flags.RemoveAll(f => further.Any(a => f.StartsWith($"--{a.Key}=", StringComparison.Ordinal)));
        return new("kubelet", [program, "kubelet", .. flags, .. further.Select(a => $"--{a.Key}={a.Value}")]);
    }

    /// <summary>Keeps the flags where kubeadm does, for those who come later.</summary>
    public static void KeepFlags(Daemon kubelet, HostPaths paths) => AtomicFile.Write(paths.KubeletFlags,
        $"{FlagsVariable}=\"{string.Join(' ', kubelet.Command.Skip(2).Select(f => f.Any(char.IsWhiteSpace) ? $"'{f}'" : f))}\"\n", AtomicFile.Public);

    /// <summary>The kubelet of a host that <c>init</c> or <c>join</c> made, with the flags that it was given there.</summary>
    /// <exception cref="ClusterException">Its flags are not on record.</exception>
    public static Daemon Kept(HostPaths paths, string program)
    {
        if (!File.Exists(paths.KubeletFlags) || Kept().Match(File.ReadAllText(paths.KubeletFlags)) is not { Success: true } kept)
            throw new ClusterException($"{paths.KubeletFlags} is missing or damaged: the kubelet's flags are not known") { Hint = "run the command again that made this host: ballast init phase kubelet-start, or ballast join" };
        return new("kubelet", [program, "kubelet", .. Word().Matches(kept.Groups["flags"].Value).Select(w => w.Value.Trim('\''))]);
    }

    private const string FlagsVariable = "KUBELET_KUBEADM_ARGS";

    [GeneratedRegex($"^{FlagsVariable}=\"(?<flags>.*)\"$", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Kept();

    [GeneratedRegex(@"'[^']*'|\S+")]
    private static partial Regex Word();
}
