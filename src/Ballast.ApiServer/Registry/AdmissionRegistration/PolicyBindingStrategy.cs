using System.Text.Json.Nodes;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.AdmissionRegistration;

/// <summary>Where a policy applies, and with which parameters: bindings of mutating policies, and what those of validating ones share with them.</summary>
internal class PolicyBindingStrategy : ResourceStrategy
{
    public override void Default(JsonObject document) => MatchRules.DefaultResources(document.Object("spec", "matchResources"));

    protected override void Check(Field document)
    {
        var spec = document["spec"];
        if (spec["policyName"].Required())
            spec["policyName"].DnsSubdomain();
        if (spec["paramRef"].IsPresent)
            CheckParamRef(spec["paramRef"]);
        MatchRules.CheckResources(spec["matchResources"]);
    }

    /// <summary>One object by name, or several by selector.</summary>
    private static void CheckParamRef(Field reference)
    {
        var (name, selector) = (reference["name"], reference["selector"]);
        if (!name.IsEmpty)
        {
            name.PathSegment();
            if (selector.IsPresent)
                name.Forbidden("name and selector are mutually exclusive");
        }
        if (selector.IsPresent)
            selector.LabelSelector();
        else if (name.IsEmpty)
            reference.Missing("one of name or selector must be specified");
        reference["parameterNotFoundAction"].RequiredOneOf("Allow", "Deny");
    }
}

/// <summary>Says as well what becomes of a request that the policy does not like.</summary>
internal sealed class ValidatingAdmissionPolicyBindingStrategy : PolicyBindingStrategy
{
    protected override void Check(Field document)
    {
        base.Check(document);
        var actions = document["spec"]["validationActions"];
        foreach (var action in actions.Items)
            action.OneOf("Audit", "Deny", "Warn");
        actions.UniqueTexts();
        var names = actions.Items.Select(a => a.Text).ToHashSet();
        if (names.Contains("Deny") && names.Contains("Warn"))
        {
            actions.Invalid("must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)");
        }
        actions.Required("at least one validation action is required");
    }
}
