using Ballast.ApiServer.Registry;
using Ballast.ApiServer.Registry.ApiRegistration;

namespace Ballast.ApiServer.Tests.Registry;

public sealed class BuiltInResourcesTests
{
    private const string AllVerbs = "create,delete,deletecollection,get,list,patch,update,watch";

    [Fact]
    public void Serve_every_resource_and_subresource_with_its_kind_scope_and_verbs()
    {
        Assert.Equal(Lines(ApiSurface.Expected).Order(StringComparer.Ordinal), BuiltIns.All.SelectMany(Describe).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Come_in_discoverys_order_of_groups()
    {
        string[] expected =
        [
            "", "apiregistration.k8s.io", "apps", "events.k8s.io", "authentication.k8s.io", "authorization.k8s.io", "autoscaling", "batch", "certificates.k8s.io",
            "networking.k8s.io", "policy", "rbac.authorization.k8s.io", "storage.k8s.io", "admissionregistration.k8s.io", "apiextensions.k8s.io", "scheduling.k8s.io",
            "coordination.k8s.io", "node.k8s.io", "discovery.k8s.io", "resource.k8s.io", "flowcontrol.apiserver.k8s.io",
        ];
        Assert.Equal(expected, BuiltIns.All.Select(d => d.Group).Distinct());
    }

    [Theory]
    [InlineData("pods", "", "pods")]
    [InlineData("nodes", "", "minions")]
    [InlineData("services", "", "services/specs")]
    [InlineData("endpoints", "", "services/endpoints")]
    [InlineData("replicationcontrollers", "", "controllers")]
    [InlineData("ingresses", "networking.k8s.io", "ingress")]
    [InlineData("ingressclasses", "networking.k8s.io", "ingressclasses")]
    [InlineData("events", "", "events")]
    [InlineData("events", "events.k8s.io", "events")]
    [InlineData("deployments", "apps", "deployments")]
    [InlineData("clusterroles", "rbac.authorization.k8s.io", "clusterroles")]
    [InlineData("apiservices", "apiregistration.k8s.io", "apiregistration.k8s.io/apiservices")]
    [InlineData("customresourcedefinitions", "apiextensions.k8s.io", "apiextensions.k8s.io/customresourcedefinitions")]
    public void Lie_where_upstream_keeps_them(string resource, string group, string prefix) =>
        Assert.Equal(prefix, BuiltIns.Find(resource, group).StoragePrefix);

    [Fact]
    public void Have_an_API_service_for_every_group_and_version() => Assert.Equal(
        BuiltIns.All.SelectMany(d => d.Versions.Select(v => $"{v.Name}.{d.Group}")).Where(n => n != "v1.apiregistration.k8s.io").Distinct().Order(StringComparer.Ordinal),
        LocalApiServices.All.Select(s => s["metadata"]!["name"]!.GetValue<string>()).Order(StringComparer.Ordinal));

    [Theory]
    [InlineData("30000-32767", true)]
    [InlineData("80-80", true)]
    [InlineData("80", false)]
    [InlineData("90-80", false)]
    [InlineData("0-80", false)]
    [InlineData("1-70000", false)]
    public void A_range_of_ports_has_two_ends_in_order(string text, bool valid)
    {
        Assert.Equal(valid, PortRange.TryParse(text, out var range));
        Assert.Equal(valid ? text : "0-0", range.ToString());
    }

    [Fact]
    public void Have_a_schema_for_every_version() => Assert.All(BuiltIns.All.SelectMany(d => d.Versions),
        v => Assert.True(ApiMachinery.Schemas.SchemaCatalog.BuiltIn.TryGet(v.SchemaName, out _), v.SchemaName));

    [Fact]
    public void Describe_every_column() => Assert.All(
        BuiltIns.All.Where(d => d.Virtual is not ICreateSubresource && d.Verbs.Contains("list")).SelectMany(d => d.Versions.SelectMany(v => v.Columns.Columns.Select(c => (d.Resource, Column: c)))),
        c => Assert.False(string.IsNullOrEmpty(c.Column.Description), $"{c.Resource}: {c.Column.Name}"));

    private static IEnumerable<string> Describe(ResourceDefinition definition)
    {
        foreach (var version in definition.Versions)
        {
            var groupVersion = definition.Group.Length == 0 ? version.Name : $"{definition.Group}/{version.Name}";
            var scope = definition.Namespaced ? "ns" : "cluster";
            var line = $"{groupVersion}: {definition.Resource} {definition.Kind} {scope} {Short(definition.Verbs)}";
            if (definition.ShortNames.Count > 0)
                line += " short=" + string.Join(',', definition.ShortNames);
            if (definition.Categories.Count > 0)
                line += " in=" + string.Join(',', definition.Categories);
            yield return line;
            foreach (var sub in definition.Subresources.Values)
            {
                var kind = sub.Kind.Group == definition.Group ? sub.Kind.Kind : $"{sub.Kind.GroupVersion}/{sub.Kind.Kind}";
                yield return $"{groupVersion}: {definition.Resource}/{sub.Name} {kind} {scope} {Short(sub.Verbs)}";
            }
        }
    }

    private static string Short(IEnumerable<string> verbs) => string.Join(',', verbs) switch
    {
        AllVerbs => "*",
        "get,patch,update" => "fields",
        var others => others,
    };

    private static IEnumerable<string> Lines(string surface)
    {
        var groupVersion = "";
        foreach (var line in surface.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.StartsWith("# ", StringComparison.Ordinal))
                groupVersion = line[2..];
            else
                yield return $"{groupVersion}: {line}";
        }
    }
}
