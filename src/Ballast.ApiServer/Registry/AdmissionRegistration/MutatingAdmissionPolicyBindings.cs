namespace Ballast.ApiServer.Registry.AdmissionRegistration;

internal static class MutatingAdmissionPolicyBindings
{
    public static ResourceDefinition Definition { get; } = BuiltIn
        .ClusterScoped("admissionregistration.k8s.io/v1", "mutatingadmissionpolicybindings", "MutatingAdmissionPolicyBinding", new PolicyBindingStrategy { HasGeneration = true }, PolicyBindingColumns.All)
        .WithCategory("api-extensions");
}
