using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.Quantities;
using Ballast.ApiMachinery.Validation;
using Ballast.ApiServer.Registry.Tables;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Core;

internal sealed class LimitRangeStrategy : ResourceStrategy
{
    /// <summary>A container that says nothing gets the limit, and asks for it: default from max, defaultRequest from default or min.</summary>
    public override void Default(JsonObject document)
    {
        foreach (var item in document.Objects("spec", "limits").Where(i => i.Text("type") == "Container"))
        {
            CopyMissing(item, "max", "default");
            CopyMissing(item, "default", "defaultRequest");
            CopyMissing(item, "min", "defaultRequest");
        }
    }

    protected override void Check(Field document)
    {
        var types = new HashSet<string>();
        foreach (var item in document["spec"]["limits"].Items)
        {
            if (!types.Add(item["type"].Text))
                item["type"].Duplicate();
            foreach (var list in (ReadOnlySpan<string>)["max", "min", "default", "defaultRequest", "maxLimitRequestRatio"])
            {
                foreach (var (name, quantity) in item[list].Entries)
                {
                    ResourceRequirements.CheckName(name, quantity);
                    quantity.NonNegativeQuantity();
                }
            }
            if (item["type"].Text == "Pod")
            {
                NotForPods(item["default"]);
                NotForPods(item["defaultRequest"]);
            }
            CheckOrder(item);
        }
    }

    private static void CheckOrder(Field item)
    {
        (string Low, string High, string Word)[] pairs =
        [
            ("min", "max", "min"), ("min", "defaultRequest", "min"), ("defaultRequest", "max", "default request"),
            ("min", "default", "min"), ("default", "max", "default"), ("defaultRequest", "default", "default request"),
        ];
        foreach (var (low, high, word) in pairs)
        {
            foreach (var (name, value) in item[low].Entries)
            {
                var other = Cells.Scalar(item[high][name].Value);
                if (Quantity.TryParse(Cells.Scalar(value.Value), out var smaller) && Quantity.TryParse(other, out var larger) && smaller > larger)
                    value.Add(FieldError.Invalid(value.Path, Cells.Scalar(value.Value), $"{word} value {smaller} is greater than {(high == "defaultRequest" ? "default request" : high)} value {larger}"));
            }
        }
    }

    private static void NotForPods(Field list)
    {
        if (!list.IsEmpty)
            list.Forbidden("may not be specified when `type` is 'Pod'");
    }

    private static void CopyMissing(JsonObject item, string from, string to)
    {
        foreach (var (name, quantity) in item.Object(from) ?? [])
            item.ObjectAt(to).SetDefault(name, quantity?.DeepClone()!);
    }
}
