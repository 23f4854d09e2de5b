using Ballast.ApiMachinery.Validation;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Resource;

/// <summary>What keeps claims off a device, and what lets them on all the same.</summary>
internal static class DeviceTaints
{
    public static void Check(Field taint)
    {
        foreach (var problem in NameRules.QualifiedName(taint["key"].Text))
            taint["key"].Add(FieldError.Invalid(taint["key"].Path, taint["key"].Text, problem));
        taint["value"].Invalid(NameRules.LabelValue(taint["value"].Text));
        taint["effect"].RequiredOneOf("NoExecute", "NoSchedule", "None");
    }

    public static void CheckToleration(Field toleration)
    {
        toleration["key"].QualifiedName();
        var (op, value) = (toleration["operator"], toleration["value"]);
        switch (op.Text)
        {
            case "Exists":
                if (!value.IsEmpty)
                    value.Add(FieldError.Invalid(value.Path, value.Text, "must be empty for operator `Exists`"));
                break;
            case "Equal":
                value.Invalid(NameRules.LabelValue(value.Text));
                break;
            case "":
                op.Missing();
                break;
            default:
                op.OneOf("Equal", "Exists");
                break;
        }
        if (toleration["key"].IsEmpty && op.Text != "Exists")
            op.Add(FieldError.Invalid(op.Path, op.Text, "must be Exists when `key` is empty"));
        toleration["effect"].OneOf("NoExecute", "NoSchedule");
        if (toleration["tolerationSeconds"].IsPresent && toleration["effect"].Text != "NoExecute")
            toleration["effect"].Add(FieldError.Invalid(toleration["effect"].Path, toleration["effect"].Text, "effect must be 'NoExecute' when `tolerationSeconds` is set"));
    }
}
