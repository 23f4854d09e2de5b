using Ballast.ApiServer.Registry.Tables;

namespace Ballast.ApiServer.Registry.AdmissionRegistration;

internal static class ValidatingAdmissionPolicies
{
    public static ResourceDefinition Definition { get; } = BuiltIn
        .ClusterScoped("admissionregistration.k8s.io/v1", "validatingadmissionpolicies", "ValidatingAdmissionPolicy", new ValidatingAdmissionPolicyStrategy { HasGeneration = true, HasStatus = true },
        [
            Column.ObjectName,
            Column.Integer("Validations", "Validations indicates the number of validation rules defined in this configuration", d => d.Count("spec", "validations")),
            Column.Text("ParamKind", "spec.paramKind", d => d.Object("spec", "paramKind") is { } kind ? $"{kind.Text("apiVersion")}/{kind.Text("kind")}" : Cells.Unset),
            Column.Age,
        ])
        .WithCategory("api-extensions")
        .WithStatus();
}
