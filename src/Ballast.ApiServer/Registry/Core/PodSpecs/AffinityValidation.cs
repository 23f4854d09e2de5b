using Ballast.ApiMachinery.Validation;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Core;

/// <summary>Where pods want to run: affinity, tolerations, spread.</summary>
internal static class AffinityValidation
{
    private const string Required = "requiredDuringSchedulingIgnoredDuringExecution";
    private const string Preferred = "preferredDuringSchedulingIgnoredDuringExecution";

    public static void Check(Field affinity)
    {
        var node = affinity["nodeAffinity"];
        if (node[Required].IsPresent)
            CheckNodeSelector(node[Required]);
        foreach (var term in node[Preferred].Items)
        {
            Weight(term);
            CheckNodeSelectorTerm(term["preference"]);
        }
        foreach (var kind in (ReadOnlySpan<string>)["podAffinity", "podAntiAffinity"])
        {
            foreach (var term in affinity[kind][Required].Items)
                CheckPodTerm(term);
            foreach (var term in affinity[kind][Preferred].Items)
            {
                Weight(term);
                CheckPodTerm(term["podAffinityTerm"]);
            }
        }
    }

    public static void CheckNodeSelector(Field selector)
    {
        if (!selector["nodeSelectorTerms"].Required("must have at least one node selector term"))
            return;
        foreach (var term in selector["nodeSelectorTerms"].Items)
            CheckNodeSelectorTerm(term);
    }

    public static void CheckTolerations(Field tolerations)
    {
        foreach (var toleration in tolerations.Items)
        {
            toleration["key"].QualifiedName();
            if (toleration["key"].IsEmpty && toleration["operator"].Text != "Exists")
                toleration["operator"].Add(FieldError.Invalid(toleration["operator"].Path, toleration["operator"].Text, "operator must be Exists when `key` is empty, which means \"match all values and all keys\""));
            if (toleration["tolerationSeconds"].IsPresent && toleration["effect"].Text != "NoExecute")
                toleration["effect"].Add(FieldError.Invalid(toleration["effect"].Path, toleration["effect"].Text, "effect must be 'NoExecute' when `tolerationSeconds` is set"));
            toleration["operator"].OneOf("Equal", "Exists", "Gt", "Lt");
            if (toleration["operator"].Text == "Exists")
            {
                if (!toleration["value"].IsEmpty)
                    toleration["operator"].Add(FieldError.Invalid(toleration["operator"].Path, toleration.Object, "value must be empty when `operator` is 'Exists'"));
            }
            else
            {
                foreach (var problem in NameRules.LabelValue(toleration["value"].Text))
                    toleration["operator"].Add(FieldError.Invalid(toleration["operator"].Path, toleration["value"].Text, problem));
            }
            toleration["effect"].OneOf("NoSchedule", "PreferNoSchedule", "NoExecute");
        }
    }

    public static void CheckSpread(Field constraints)
    {
        var seen = new HashSet<(string, string)>();
        foreach (var constraint in constraints.Items)
        {
            if (constraint["maxSkew"].Number is null or <= 0)
                constraint["maxSkew"].Add(FieldError.Invalid(constraint["maxSkew"].Path, constraint["maxSkew"].Number ?? 0, "must be greater than zero"));
            if (constraint["topologyKey"].Required("can not be empty"))
                constraint["topologyKey"].QualifiedName();
            constraint["whenUnsatisfiable"].RequiredOneOf("DoNotSchedule", "ScheduleAnyway");
            if (!seen.Add((constraint["topologyKey"].Text, constraint["whenUnsatisfiable"].Text)))
                constraint.Add(FieldError.Duplicate(FieldPath.Of($"{constraint.Path}.{{topologyKey, whenUnsatisfiable}}"), $"{{{constraint["topologyKey"].Text}, {constraint["whenUnsatisfiable"].Text}}}"));
            CheckMinDomains(constraint);
            constraint["nodeAffinityPolicy"].OneOf("Honor", "Ignore");
            constraint["nodeTaintsPolicy"].OneOf("Honor", "Ignore");
            constraint["labelSelector"].LabelSelector();
            if (!constraint["matchLabelKeys"].IsEmpty && !constraint["labelSelector"].IsPresent)
                constraint["matchLabelKeys"].Forbidden("must not be specified when labelSelector is not set");
        }
    }

    private static void CheckMinDomains(Field constraint)
    {
        var domains = constraint["minDomains"];
        if (domains.Number is <= 0)
            domains.Invalid("must be greater than zero");
        if (domains.IsPresent && constraint["whenUnsatisfiable"].Text != "DoNotSchedule")
            domains.Invalid("can only use minDomains if whenUnsatisfiable=DoNotSchedule, not " + constraint["whenUnsatisfiable"].Text);
    }

    private static void CheckNodeSelectorTerm(Field term)
    {
        foreach (var requirement in term["matchExpressions"].Items)
        {
            CheckOperator(requirement);
            foreach (var problem in NameRules.QualifiedName(requirement["key"].Text))
                requirement["key"].Add(FieldError.Invalid(requirement["key"].Path, requirement["key"].Text, problem));
        }
        foreach (var requirement in term["matchFields"].Items)
        {
            requirement["key"].OneOf("metadata.name");
            if (requirement["operator"].Text is not ("In" or "NotIn"))
                requirement["operator"].Invalid("not a valid selector operator");
            else if (requirement["values"].Items.Count() != 1)
                requirement["values"].Missing("must be only one value when `operator` is 'In' or 'NotIn' for node field selector");
        }
    }

    private static void CheckOperator(Field requirement)
    {
        var values = requirement["values"];
        switch (requirement["operator"].Text)
        {
            case "In" or "NotIn":
                values.Required("must be specified when `operator` is 'In' or 'NotIn'");
                break;
            case "Exists" or "DoesNotExist":
                if (!values.IsEmpty)
                    values.Forbidden("may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
                break;
            case "Gt" or "Lt":
                if (values.Items.Count() != 1)
                    values.Missing("must be specified single value when `operator` is 'Lt' or 'Gt'");
                break;
            default:
                requirement["operator"].Invalid("not a valid selector operator");
                break;
        }
    }

    private static void CheckPodTerm(Field term)
    {
        term["labelSelector"].LabelSelector();
        term["namespaceSelector"].LabelSelector();
        foreach (var name in term["namespaces"].Items)
            name.DnsLabel();
        if (term["topologyKey"].Required("can not be empty"))
            term["topologyKey"].QualifiedName();
    }

    private static void Weight(Field term)
    {
        if (term["weight"].Number is null or <= 0 or > 100)
            term["weight"].Add(FieldError.Invalid(term["weight"].Path, term["weight"].Number ?? 0, "must be in the range 1-100"));
    }
}
