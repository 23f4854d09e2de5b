using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.Schemas;

namespace Ballast.ApiMachinery.Tests.Schemas;

public sealed class SchemaCatalogTests
{
    private static readonly SchemaCatalog BuiltIn = SchemaCatalog.BuiltIn;

    [Theory]
    [InlineData("apps", "v1", "Deployment", "io.k8s.api.apps.v1.Deployment")]
    [InlineData("", "v1", "Event", "io.k8s.api.core.v1.Event")]
    [InlineData("events.k8s.io", "v1", "Event", "io.k8s.api.events.v1.Event")]
    [InlineData("rbac.authorization.k8s.io", "v1", "Role", "io.k8s.api.rbac.v1.Role")]
    [InlineData("apiextensions.k8s.io", "v1", "CustomResourceDefinition", "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition")]
    [InlineData("apiregistration.k8s.io", "v1", "APIService", "io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIService")]
    [InlineData("authentication.k8s.io", "v1", "TokenRequest", "io.k8s.api.authentication.v1.TokenRequest")]
    public void Kinds_have_upstreams_names(string group, string version, string kind, string name) =>
        Assert.Equal(name, BuiltIn.NameOf(new(group, version, kind)));

    [Fact]
    public void Every_schema_reads_and_every_reference_leads_somewhere()
    {
        foreach (var name in BuiltIn.Names)
            Visit(BuiltIn[name]);

        static void Visit(Schema schema)
        {
            if (schema.Reference is not null)
            {
                _ = schema.Target;
                return;
            }
            foreach (var field in schema.Properties.Values)
                Visit(field);
            foreach (var inner in new[] { schema.Items, schema.AdditionalProperties }.OfType<Schema>())
                Visit(inner);
        }
    }

    [Fact]
    public void A_field_knows_its_type_its_text_and_how_it_merges()
    {
        var pod = BuiltIn["io.k8s.api.core.v1.PodSpec"];
        var containers = pod.Properties["containers"];
        Assert.Equal(("array", "map", "name"), (containers.Type, containers.ListType, containers.PatchMergeKey));
        Assert.Equal(["name"], containers.ListMapKeys);
        Assert.Equal(["merge"], containers.PatchStrategies);
        Assert.False(containers.IsAtomic);
        Assert.True(pod.Properties["nodeSelector"].IsAtomic);
        Assert.True(pod.Properties["tolerations"].IsAtomic);
        var ports = containers.Items!.Properties["ports"];
        Assert.Equal(["containerPort", "protocol"], ports.ListMapKeys);
        Assert.Equal("int32", ports.Items!.Properties["containerPort"].Format);
        Assert.Equal(["merge", "retainKeys"], pod.Properties["volumes"].PatchStrategies);
        var deployment = BuiltIn["io.k8s.api.apps.v1.DeploymentSpec"];
        Assert.True(deployment.Properties["selector"].IsAtomic);
        Assert.StartsWith("Number of desired pods.", deployment.Properties["replicas"].Description, StringComparison.Ordinal);
        Assert.True(BuiltIn["io.k8s.api.core.v1.ServicePort"].Properties["targetPort"].IntOrString);
        Assert.Equal("io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime", BuiltIn["io.k8s.api.coordination.v1.LeaseSpec"].Properties["renewTime"].Name);
    }

    [Fact]
    public void An_unknown_kind_has_no_schema() => Assert.Null(BuiltIn.Find(new GroupVersionKind("example.com", "v1", "Thing")));
}
