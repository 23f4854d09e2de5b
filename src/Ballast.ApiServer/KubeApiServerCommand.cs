using System.CommandLine;
using Ballast.ApiServer.Server;
using Ballast.ComponentBase.Commands;

namespace Ballast.ApiServer;

/// <summary><c>kube-apiserver</c>.</summary>
public static class KubeApiServerCommand
{
    public static Command Create() => ComponentCommand.Create(
        "kube-apiserver",
        "Serves the Kubernetes API: validates and stores the cluster's objects in etcd, and tells clients of their changes.",
        flags =>
        {
            var settings = new ApiServerFlags(flags);
            return async (context, stop) =>
            {
                await using var server = new Server.ApiServer(settings.ToOptions(), context);
                await server.StartAsync(stop);
                await Task.WhenAny(server.Failed, Task.Delay(Timeout.InfiniteTimeSpan, context.Time, stop));
                await server.StopAsync();
                return server.Failed.IsCompleted ? 1 : 0;
            };
        });
}
