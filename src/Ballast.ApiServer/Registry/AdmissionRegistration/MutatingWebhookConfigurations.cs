using Ballast.ApiServer.Registry.Tables;

namespace Ballast.ApiServer.Registry.AdmissionRegistration;

internal static class MutatingWebhookConfigurations
{
    public static ResourceDefinition Definition { get; } = BuiltIn
        .ClusterScoped("admissionregistration.k8s.io/v1", "mutatingwebhookconfigurations", "MutatingWebhookConfiguration", new WebhookConfigurationStrategy(mutating: true) { HasGeneration = true },
        [
            Column.ObjectName,
            Column.Integer("Webhooks", "Webhooks indicates the number of webhooks registered in this configuration", d => d.Count("webhooks")),
            Column.Age,
        ])
        .WithCategory("api-extensions");
}
