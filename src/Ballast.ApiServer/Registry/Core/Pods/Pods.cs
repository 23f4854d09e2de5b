namespace Ballast.ApiServer.Registry.Core;

internal static class Pods
{
    public static ResourceDefinition Definition(PodHandlers handlers)
    {
        var strategy = new PodStrategy();
        return BuiltIn
            .Namespaced("v1", "pods", "Pod", strategy, PodColumns.All)
            .WithShortNames("po")
            .InCategoryAll()
            .WithStatus(new PodStatusStrategy(strategy))
            .WithFields("ephemeralcontainers", new EphemeralContainersStrategy(strategy))
            .WithFields("resize", new PodResizeStrategy(strategy))
            .WithPost("binding", new("", "v1", "Binding"), handlers.Binding)
            .WithPost("eviction", new("policy", "v1", "Eviction"), handlers.Eviction)
            .WithConnection("attach", "PodAttachOptions", handlers.Attach, "create", "get")
            .WithConnection("exec", "PodExecOptions", handlers.Exec, "create", "get")
            .WithConnection("log", "Pod", handlers.Log, "get")
            .WithConnection("portforward", "PodPortForwardOptions", handlers.PortForward, "create", "get")
            .WithConnection("proxy", "PodProxyOptions", handlers.Proxy, "create", "delete", "get", "patch", "update")
            .WithSelectableFields(
                ("spec.nodeName", d => d.Text("spec", "nodeName")),
                ("spec.restartPolicy", d => d.Text("spec", "restartPolicy")),
                ("spec.schedulerName", d => d.Text("spec", "schedulerName")),
                ("spec.serviceAccountName", d => d.Text("spec", "serviceAccountName")),
                ("spec.hostNetwork", d => d.Bool("spec", "hostNetwork") == true ? "true" : "false"),
                ("status.phase", d => d.Text("status", "phase")),
                ("status.podIP", d => d.Text("status", "podIP")),
                ("status.nominatedNodeName", d => d.Text("status", "nominatedNodeName")));
    }
}

/// <summary>What serves the subresources of pods that are not the pod itself.</summary>
internal sealed record PodHandlers(
    ISubresourceHandler Binding, ISubresourceHandler Eviction, ISubresourceHandler Attach, ISubresourceHandler Exec,
    ISubresourceHandler Log, ISubresourceHandler PortForward, ISubresourceHandler Proxy);
