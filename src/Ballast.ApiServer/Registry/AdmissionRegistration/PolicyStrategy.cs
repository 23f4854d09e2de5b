using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.Validation;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.AdmissionRegistration;

/// <summary>What validating and mutating admission policies share: which requests they look at, with which parameters and variables.</summary>
internal abstract class PolicyStrategy : ResourceStrategy
{
    public override void Default(JsonObject document)
    {
        document.Object("spec")?.SetDefault("failurePolicy", "Fail");
        MatchRules.DefaultResources(document.Object("spec", "matchConstraints"));
    }

    protected sealed override void Check(Field document)
    {
        var spec = document["spec"];
        spec["failurePolicy"].OneOf("Fail", "Ignore");
        if (spec["paramKind"].IsPresent)
            CheckParamKind(spec["paramKind"]);
        if (spec["matchConstraints"].IsPresent)
        {
            MatchRules.CheckResources(spec["matchConstraints"]);
            // Without one there are no types to check expressions against.
            spec["matchConstraints"]["resourceRules"].Required();
        }
        else
        {
            spec["matchConstraints"].Missing();
        }
        MatchRules.CheckConditions(spec["matchConditions"]);
        foreach (var variable in spec["variables"].Items)
            CheckVariable(variable);
        CheckAction(document);
    }

    /// <summary>What the policy does with the requests it looks at.</summary>
    protected abstract void CheckAction(Field document);

    protected static void CheckExpression(Field expression)
    {
        if (string.IsNullOrWhiteSpace(expression.Text))
            expression.Missing("expression is not specified");
    }

    private static void CheckParamKind(Field reference)
    {
        var (version, kind) = (reference["apiVersion"], reference["kind"]);
        if (version.Required())
            CheckGroupVersion(version);
        if (kind.Required() && string.Join(',', NameRules.Dns1035Label(kind.Text.ToLowerInvariant())) is { Length: > 0 } problems)
            kind.Invalid($"may have mixed case, but should otherwise match: {problems}");
    }

    private static void CheckGroupVersion(Field apiVersion)
    {
        var parts = apiVersion.Text.Split('/');
        if (parts.Length > 2)
        {
            apiVersion.Invalid($"unexpected GroupVersion string: {apiVersion.Text}");
            return;
        }
        if (parts.Length == 2 && parts[0].Length > 0 && string.Join(',', NameRules.DnsSubdomain(parts[0])) is { Length: > 0 } groupProblems)
            apiVersion.Add(FieldError.Invalid(apiVersion.Path, parts[0], groupProblems));
        if (parts[^1].Length == 0)
            apiVersion.Invalid("version must be specified");
        else if (string.Join(',', NameRules.Dns1035Label(parts[^1])) is { Length: > 0 } problems)
            apiVersion.Add(FieldError.Invalid(apiVersion.Path, parts[^1], problems));
    }

    private static void CheckVariable(Field variable)
    {
        var name = variable["name"];
        if (string.IsNullOrWhiteSpace(name.Text))
            name.Missing("name is not specified");
        else if (NameRules.CIdentifier(name.Text).Any())
            name.Invalid("name is not a valid CEL identifier");
        CheckExpression(variable["expression"]);
    }
}
