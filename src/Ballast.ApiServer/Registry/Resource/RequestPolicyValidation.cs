using Ballast.ApiMachinery.Quantities;
using Ballast.ApiMachinery.Validation;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Resource;

/// <summary>How much of a shared device's capacity a claim may ask for: one of some amounts, or one of a range.</summary>
internal static class RequestPolicyValidation
{
    private const int MaxValues = 10;

    public static void Check(Field capacity)
    {
        var policy = capacity["requestPolicy"];
        var (values, range, standard) = (policy["validValues"], policy["validRange"], policy["default"]);
        if (!values.IsEmpty && range.IsPresent)
        {
            policy.Forbidden("exactly one policy can be specified, cannot specify \"validValues\" and \"validRange\" at the same time");
            return;
        }
        if (values.IsEmpty && !range.IsPresent)
            return;
        if (!standard.IsPresent)
        {
            standard.Missing($"required when {(range.IsPresent ? "validRange" : "validValues")} is defined");
            return;
        }
        if (capacity["value"].AnyQuantity() is not { } all || standard.AnyQuantity() is not { } usual)
            return;
        if (range.IsPresent)
            CheckRange(range, usual, all);
        else
            CheckValues(values, usual, all);
    }

    private static void CheckValues(Field values, Quantity usual, Quantity all)
    {
        values.MaxItems(MaxValues);
        Quantity? before = null;
        var hasUsual = false;
        foreach (var value in values.Items)
        {
            if (value.AnyQuantity() is not { } amount)
                continue;
            if (before > amount)
                value.Invalid("values must be sorted in ascending order");
            if (before == amount)
                value.Duplicate();
            if (amount > all)
                value.Invalid($"option is larger than capacity value: {all}");
            hasUsual |= amount == usual;
            before = amount;
        }
        if (!hasUsual)
            values.Add(FieldError.Invalid(values.Path, usual.ToString(), "default value is not valid according to the requestPolicy"));
    }

    private static void CheckRange(Field range, Quantity usual, Quantity all)
    {
        if (range["min"].AnyQuantity() is not { } min)
        {
            if (!range["min"].IsPresent)
                range["min"].Missing("required when validRange is defined");
            return;
        }
        if (min > all)
            range["min"].Invalid($"min is larger than capacity value: {all}");
        if (usual < min)
            range["default"].Add(FieldError.Invalid(range["default"].Path, usual.ToString(), $"default is less than min: {min}"));
        var max = range["max"].AnyQuantity();
        if (min > max)
            range["max"].Add(FieldError.Invalid(range["max"].Path, min.ToString(), $"min is larger than max: {max}"));
        if (max > all)
            range["max"].Invalid($"max is larger than capacity value: {all}");
        if (usual > max)
            range["default"].Add(FieldError.Invalid(range["default"].Path, usual.ToString(), $"default is more than max: {max}"));
        if (range["step"].AnyQuantity() is not { } step)
            return;
        if (step.Sign <= 0)
        {
            range["step"].Invalid("must be greater than zero");
            return;
        }
        if (min + step > all)
            range["step"].Invalid($"one step {min + step} is larger than capacity value: {all}");
        CheckStep(range["step"], usual, min, step);
        if (max is { } end)
            CheckStep(range["step"], end, min, step);
    }

    private static void CheckStep(Field field, Quantity value, Quantity min, Quantity step)
    {
        if (step.Value > 0 && (value.Value - min.Value) % step.Value != 0)
            field.Add(FieldError.Invalid(field.Path, value.ToString(), $"value is not a multiple of a given step ({step}) from ({min})"));
    }
}
