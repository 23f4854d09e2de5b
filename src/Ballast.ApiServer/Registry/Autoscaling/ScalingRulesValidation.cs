using Ballast.ApiMachinery.Validation;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Autoscaling;

/// <summary>How fast an autoscaler may go up and down.</summary>
internal static class ScalingRulesValidation
{
    private const int MaxPeriodSeconds = 1800;
    private const int MaxWindowSeconds = 3600;

    public static void Check(Field behavior)
    {
        foreach (var direction in (ReadOnlySpan<string>)["scaleUp", "scaleDown"])
        {
            if (behavior[direction].IsPresent)
                CheckRules(behavior[direction]);
        }
    }

    private static void CheckRules(Field rules)
    {
        var window = rules["stabilizationWindowSeconds"];
        if (window.Number < 0)
            window.Invalid("must be greater than or equal to zero");
        if (window.Number > MaxWindowSeconds)
            window.Invalid($"must be less than or equal to {MaxWindowSeconds}");
        if (rules["selectPolicy"].IsPresent)
            rules["selectPolicy"].OneOf("Disabled", "Max", "Min");
        if (rules["tolerance"].AnyQuantity() is { Sign: < 0 })
            rules["tolerance"].Invalid("must be greater than or equal to 0");
        rules["policies"].Required("must specify at least one Policy");
        foreach (var policy in rules["policies"].Items)
            CheckPolicy(policy);
    }

    private static void CheckPolicy(Field policy)
    {
        var (type, value, period) = (policy["type"], policy["value"], policy["periodSeconds"]);
        if (type.Text is not ("Pods" or "Percent"))
            type.Add(FieldError.NotSupported(type.Path, type.Text, "Percent", "Pods"));
        if ((value.Number ?? 0) <= 0)
            value.Add(FieldError.Invalid(value.Path, value.Number ?? 0, "must be greater than zero"));
        if ((period.Number ?? 0) <= 0)
            period.Add(FieldError.Invalid(period.Path, period.Number ?? 0, "must be greater than zero"));
        if (period.Number > MaxPeriodSeconds)
            period.Invalid($"must be less than or equal to {MaxPeriodSeconds}");
    }
}
