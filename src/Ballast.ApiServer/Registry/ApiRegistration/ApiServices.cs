using System.Text.Json.Nodes;
using Ballast.ApiServer.Registry.Tables;

namespace Ballast.ApiServer.Registry.ApiRegistration;

internal static class ApiServices
{
    public static ResourceDefinition Definition { get; } = BuiltIn
        .ClusterScoped("apiregistration.k8s.io/v1", "apiservices", "APIService", new ApiServiceStrategy { HasStatus = true },
        [
            Column.ObjectName,
            Column.Text("Service", "The reference to the service that hosts this API endpoint.",
                d => d.Object("spec", "service") is { } service ? $"{service.Text("namespace")}/{service.Text("name")}" : "Local"),
            Column.Text("Available", "Whether this service is available.", Available),
            Column.Age,
        ])
        .WithCategory("api-extensions")
        .StoredUnder("apiregistration.k8s.io/apiservices")
        .WithStatus();

    private static string Available(JsonObject service)
    {
        if (service.Condition("Available") is not { } condition)
            return "Unknown";
        return condition.Text("status") == "True" ? "True" : $"{condition.Text("status")} ({condition.Text("reason")})";
    }
}
