using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.AdmissionRegistration;

internal sealed class MutatingAdmissionPolicyStrategy : PolicyStrategy
{
    // A type of patch, and the field that holds it.
    private static readonly (string Type, string Field)[] Patches = [("ApplyConfiguration", "applyConfiguration"), ("JSONPatch", "jsonPatch")];

    protected override void CheckAction(Field document)
    {
        var spec = document["spec"];
        spec["mutations"].Required("mutations must contain at least one item");
        foreach (var mutation in spec["mutations"].Items)
            CheckMutation(mutation);
        spec["reinvocationPolicy"].RequiredOneOf("IfNeeded", "Never");
    }

    private static void CheckMutation(Field mutation)
    {
        var type = mutation["patchType"];
        type.RequiredOneOf("ApplyConfiguration", "JSONPatch");
        foreach (var (name, field) in Patches)
        {
            var patch = mutation[field];
            if (type.Text != name && patch.IsPresent)
                patch.Forbidden($"must not be set when patchType is {type.Text}");
            else if (type.Text == name && !patch.IsPresent)
                patch.Missing($"must be specified when patchType is {name}");
            else if (type.Text == name)
                CheckExpression(patch["expression"]);
        }
    }
}
