using Ballast.ApiMachinery.Quantities;
using Ballast.ApiMachinery.Validation;
using Ballast.ApiServer.Registry.Tables;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Core;

/// <summary>Requests and limits.</summary>
internal static class ResourceRequirements
{
    public static void Check(Field resources)
    {
        CheckLimits(resources["limits"]);
        foreach (var (name, quantity) in resources["requests"].Entries)
        {
            CheckAmount(name, quantity);
            CheckAgainstLimit(name, quantity, resources);
        }
        resources["claims"].UniqueItems("name");
    }

    /// <summary>Amounts of resources that containers can have.</summary>
    public static void CheckLimits(Field limits)
    {
        foreach (var (name, quantity) in limits.Entries)
            CheckAmount(name, quantity);
    }

    /// <summary>The name of a resource in requests, limits, capacities and quotas.</summary>
    public static void CheckName(string name, Field at)
    {
        foreach (var problem in NameRules.QualifiedName(name))
            at.Add(FieldError.Invalid(at.Path, name, problem));
        if (!name.Contains('/', StringComparison.Ordinal) && !IsStandard(name))
            at.Add(FieldError.Invalid(at.Path, name, "must be a standard resource type or fully qualified"));
    }

    private static void CheckAmount(string name, Field quantity)
    {
        foreach (var problem in NameRules.QualifiedName(name))
            quantity.Add(FieldError.Invalid(quantity.Path, name, problem));
        if (!name.Contains('/', StringComparison.Ordinal) && !IsForContainers(name))
            quantity.Add(FieldError.Invalid(quantity.Path, name, "must be a standard resource for containers"));
        if (quantity.NonNegativeQuantity() is { } amount && IsWhole(name) && amount != Quantity.Of(amount.Value))
            quantity.Invalid("must be an integer");
    }

    private static void CheckAgainstLimit(string name, Field request, Field resources)
    {
        if (!Quantity.TryParse(Cells.Scalar(request.Value), out var asked))
            return;
        var limitText = Cells.Scalar(resources["limits"][name].Value);
        if (!Quantity.TryParse(limitText, out var limit))
        {
            if (!CanOvercommit(name))
                resources["limits"].Add(FieldError.Required(resources["limits"].Path, "Limit must be set for non overcommitable resources"));
            return;
        }
        if (!CanOvercommit(name) && asked != limit)
            request.At(resources["requests"].Path).Add(FieldError.Invalid(resources["requests"].Path, asked.ToString(), $"must be equal to {name} limit of {limit}"));
        else if (asked > limit)
            request.Add(FieldError.Invalid(resources["requests"].Path, asked.ToString(), $"must be less than or equal to {name} limit of {limit}"));
    }

    private static bool IsForContainers(string name) => name is "cpu" or "memory" or "ephemeral-storage" || name.StartsWith("hugepages-", StringComparison.Ordinal);

    private static bool IsStandard(string name) =>
        IsForContainers(name)
        || name is "pods" or "services" or "replicationcontrollers" or "resourcequotas" or "secrets" or "configmaps" or "persistentvolumeclaims"
            or "storage" or "services.nodeports" or "services.loadbalancers"
        || name.StartsWith("requests.", StringComparison.Ordinal) || name.StartsWith("limits.", StringComparison.Ordinal)
        || name.StartsWith("count/", StringComparison.Ordinal);

    /// <summary>Extended resources and huge pages are given whole, and exactly.</summary>
    private static bool CanOvercommit(string name) => name is "cpu" or "memory" or "ephemeral-storage";

    private static bool IsWhole(string name) => name.Contains('/', StringComparison.Ordinal) && !name.Contains("kubernetes.io/", StringComparison.Ordinal);
}
