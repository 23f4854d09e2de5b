using System.CommandLine;
using Ballast.Client;
using Ballast.ComponentBase.Commands;
using Ballast.Kubelet.Configuration;
using Ballast.Kubelet.Runtimes;

namespace Ballast.Kubelet;

/// <summary><c>ballast kubelet</c>.</summary>
public static class KubeletCommand
{
    public static Command Create() => ComponentCommand.Create(
        "kubelet",
        "The node's agent: runs the pods that its manifests and the API server give it.",
        flagSet =>
        {
            var flags = new KubeletFlags(flagSet);
            return (context, cancellation) => RunAsync(flags.Read(), context, cancellation);
        });

    private static async Task<int> RunAsync(KubeletOptions options, ComponentContext context, CancellationToken cancellation)
    {
        using var alone = RootLock.Take(options.RootFolder);
        await using var runtimes = RuntimeEndpoint.Create(options, context.Time, context.Logs);
        using var api = options.KubeconfigPath is { } kubeconfig ? Connect(kubeconfig) : null;
        await new Kubelet(options, runtimes, api, context).RunAsync(cancellation);
        return 0;
    }

    private static ApiClient Connect(string kubeconfig)
    {
        try
        {
            return ClientFactory.Create(kubeconfig, "kubelet");
        }
        catch (Exception e) when (e is k8s.Exceptions.KubeConfigException or IOException or UnauthorizedAccessException or YamlDotNet.Core.YamlException)
        {
            throw new UsageException($"--kubeconfig={kubeconfig}: {e.Message}");
        }
    }
}
