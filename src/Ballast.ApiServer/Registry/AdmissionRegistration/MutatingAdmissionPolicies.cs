using Ballast.ApiServer.Registry.Tables;

namespace Ballast.ApiServer.Registry.AdmissionRegistration;

internal static class MutatingAdmissionPolicies
{
    public static ResourceDefinition Definition { get; } = BuiltIn
        .ClusterScoped("admissionregistration.k8s.io/v1", "mutatingadmissionpolicies", "MutatingAdmissionPolicy", new MutatingAdmissionPolicyStrategy { HasGeneration = true },
        [
            Column.ObjectName,
            Column.Integer("Mutations", "Mutations indicates the number of mutations rules defined in this configuration", d => d.Count("spec", "mutations")),
            Column.Text("ParamKind", "spec.paramKind", d => d.Object("spec", "paramKind") is { } kind ? $"{kind.Text("apiVersion")}/{kind.Text("kind")}" : Cells.Unset),
            Column.Age,
        ])
        .WithCategory("api-extensions");
}
