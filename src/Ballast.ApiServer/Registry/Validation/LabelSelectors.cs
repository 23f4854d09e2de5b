using Ballast.ApiMachinery.Validation;

namespace Ballast.ApiServer.Registry.Validation;

internal static class LabelSelectors
{
    /// <summary>A <c>meta.k8s.io/v1</c> LabelSelector.</summary>
    public static void LabelSelector(this Field selector)
    {
        selector["matchLabels"].Labels();
        foreach (var expression in selector["matchExpressions"].Items)
            CheckExpression(expression);
    }

    private static void CheckExpression(Field expression)
    {
        var values = expression["values"];
        switch (expression["operator"].Text)
        {
            case "In" or "NotIn":
                values.Required("must be specified when `operator` is 'In' or 'NotIn'");
                break;
            case "Exists" or "DoesNotExist":
                if (!values.IsEmpty)
                    values.Forbidden("may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
                break;
            default:
                expression["operator"].Add(FieldError.Invalid(expression["operator"].Path, expression["operator"].Text, "not a valid selector operator"));
                break;
        }
        foreach (var problem in NameRules.QualifiedName(expression["key"].Text))
            expression.Add(FieldError.Invalid(expression["key"].Path, expression["key"].Text, problem));
        foreach (var value in values.Items)
            value.Invalid(NameRules.LabelValue(value.Text));
    }
}
