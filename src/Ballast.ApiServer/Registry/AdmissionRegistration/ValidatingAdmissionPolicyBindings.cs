namespace Ballast.ApiServer.Registry.AdmissionRegistration;

internal static class ValidatingAdmissionPolicyBindings
{
    public static ResourceDefinition Definition { get; } = BuiltIn
        .ClusterScoped("admissionregistration.k8s.io/v1", "validatingadmissionpolicybindings", "ValidatingAdmissionPolicyBinding", new ValidatingAdmissionPolicyBindingStrategy { HasGeneration = true }, PolicyBindingColumns.All)
        .WithCategory("api-extensions");
}
