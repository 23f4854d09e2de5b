using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Validation;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Rbac;

/// <summary>RoleBindings and ClusterRoleBindings.</summary>
/// <param name="namespaced">Of a namespace: may refer to a Role too, and its service accounts may leave their namespace out.</param>
internal sealed class BindingStrategy(bool namespaced) : ResourceStrategy
{
    private const string ApiGroup = "rbac.authorization.k8s.io";

    public override IEnumerable<string> ValidateName(string name, bool isPrefix) => NameRules.PathSegment(name, isPrefix);

    public override void Default(JsonObject document)
    {
        if (document["roleRef"] is JsonObject role && role.Text("apiGroup").Length == 0)
            role["apiGroup"] = ApiGroup;
        foreach (var subject in document.Objects("subjects"))
        {
            if (subject.Text("apiGroup").Length == 0 && subject.Text("kind") is "User" or "Group")
                subject["apiGroup"] = ApiGroup;
        }
    }

    protected override void Check(Field document)
    {
        var role = document["roleRef"];
        if (role["apiGroup"].Text != ApiGroup)
            role["apiGroup"].Add(FieldError.NotSupported(role["apiGroup"].Path, role["apiGroup"].Text, ApiGroup));
        string[] kinds = namespaced ? ["ClusterRole", "Role"] : ["ClusterRole"];
        if (!kinds.Contains(role["kind"].Text))
            role.Add(FieldError.NotSupported(role["kind"].Path, role["kind"].Text, kinds));
        if (role["name"].Required())
            role["name"].PathSegment();

        foreach (var subject in document["subjects"].Items)
            CheckSubject(subject);
    }

    protected override void CheckUpdate(Field document, JsonObject old)
    {
        Check(document);
        document["roleRef"].Immutable(old["roleRef"], "cannot change roleRef");
    }

    private void CheckSubject(Field subject)
    {
        subject["name"].Required();
        switch (subject["kind"].Text)
        {
            case "ServiceAccount":
                subject["name"].DnsSubdomain();
                if (!subject["apiGroup"].IsEmpty)
                    subject.Add(FieldError.NotSupported(subject["apiGroup"].Path, subject["apiGroup"].Text, ""));
                if (!namespaced)
                    subject["namespace"].Required();
                break;
            case "User" or "Group":
                if (subject["apiGroup"].Text != ApiGroup)
                    subject.Add(FieldError.NotSupported(subject["apiGroup"].Path, subject["apiGroup"].Text, ApiGroup));
                break;
            default:
                subject.Add(FieldError.NotSupported(subject["kind"].Path, subject["kind"].Text, "ServiceAccount", "User", "Group"));
                break;
        }
    }
}
