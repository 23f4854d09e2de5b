using System.Text.Json.Nodes;

namespace Ballast.ApiServer.Registry.Core;

/// <summary>What a service's type asks for.</summary>
internal static class ServiceSpec
{
    public const string Headless = "None";

    extension(JsonObject service)
    {
        public string ServiceType => service.Text("spec", "type");

        /// <summary>Has, or is to get, an address of the cluster's (or <c>None</c>).</summary>
        public bool NeedsClusterIp => service.ServiceType is "ClusterIP" or "NodePort" or "LoadBalancer";

        public bool IsHeadless => service.Text("spec", "clusterIP") == Headless;

        public bool NeedsNodePorts => service.ServiceType == "NodePort"
            || (service.ServiceType == "LoadBalancer" && service.Bool("spec", "allocateLoadBalancerNodePorts") != false);

        /// <summary>Reachable from outside the cluster.</summary>
        public bool IsExternal => service.ServiceType is "NodePort" or "LoadBalancer"
            || (service.ServiceType == "ClusterIP" && service.Count("spec", "externalIPs") > 0);

        /// <summary>The port on every node for health checks of a balancer that sends only to nodes with pods.</summary>
        public bool NeedsHealthCheckPort => service.ServiceType == "LoadBalancer" && service.Text("spec", "externalTrafficPolicy") == "Local";

        /// <summary>The cluster's addresses it has; none where it is headless.</summary>
        public IEnumerable<string> ClusterIps => service.Strings("spec", "clusterIPs").Where(ip => ip is not ("" or Headless));

        public IEnumerable<JsonObject> Ports => service.Objects("spec", "ports");

        /// <summary>Every node port it holds.</summary>
        public IEnumerable<int> NodePorts => service.Ports.Select(p => p.Long("nodePort") ?? 0)
            .Append(service.Long("spec", "healthCheckNodePort") ?? 0)
            .Where(p => p > 0)
            .Select(p => (int)p);
    }
}
