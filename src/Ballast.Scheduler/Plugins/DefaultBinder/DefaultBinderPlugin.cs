using Ballast.Client;
using Ballast.Scheduler.Framework;
using k8s.Models;

namespace Ballast.Scheduler.Plugins.DefaultBinder;

/// <summary>Posts a Binding.</summary>
internal sealed class DefaultBinderPlugin(ApiClient client) : IBindPlugin
{
    private readonly ResourceClient<V1Pod> _pods = client.Resources<V1Pod>();

    public string Name => "DefaultBinder";

    public Task BindAsync(PodInfo pod, string nodeName, CancellationToken cancellationToken) =>
        _pods.PostAsync(pod.Namespace, pod.Key.Name, "binding", new V1Binding
        {
            ApiVersion = "v1",
            Kind = "Binding",
            // With the uid, a pod deleted and made again meanwhile is not bound by mistake.
            Metadata = new() { NamespaceProperty = pod.Namespace, Name = pod.Key.Name, Uid = pod.Uid },
            Target = new() { ApiVersion = "v1", Kind = "Node", Name = nodeName },
        }, cancellationToken);
}
