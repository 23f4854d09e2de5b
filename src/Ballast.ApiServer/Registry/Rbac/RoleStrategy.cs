using Ballast.ApiMachinery.Validation;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Rbac;

/// <summary>Roles and ClusterRoles.</summary>
/// <param name="namespaced">Of a namespace: cannot speak of paths that are no resources.</param>
internal sealed class RoleStrategy(bool namespaced) : ResourceStrategy
{
    public override IEnumerable<string> ValidateName(string name, bool isPrefix) => NameRules.PathSegment(name, isPrefix);

    protected override void Check(Field document)
    {
        foreach (var rule in document["rules"].Items)
            CheckRule(rule);
        foreach (var selector in document["aggregationRule"]["clusterRoleSelectors"].Items)
            selector.LabelSelector();
        if (document["aggregationRule"].IsPresent && document["aggregationRule"]["clusterRoleSelectors"].IsEmpty)
            document["aggregationRule"]["clusterRoleSelectors"].Missing("at least one clusterRoleSelector required if aggregationRule is non-nil");
    }

    private void CheckRule(Field rule)
    {
        rule["verbs"].Required("verbs must contain at least one value");
        if (!rule["nonResourceURLs"].IsEmpty)
        {
            if (namespaced)
                rule["nonResourceURLs"].Invalid("namespaced rules cannot apply to non-resource URLs");
            if (!rule["apiGroups"].IsEmpty || !rule["resources"].IsEmpty || !rule["resourceNames"].IsEmpty)
                rule["nonResourceURLs"].Invalid("rules cannot apply to both regular resources and non-resource URLs");
            return;
        }
        rule["apiGroups"].Required("resource rules must supply at least one api group");
        rule["resources"].Required("resource rules must supply at least one resource");
    }
}
