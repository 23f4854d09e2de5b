namespace Ballast.ApiServer.Tests.Server;

/// <summary>The real kubectl against the server.</summary>
public sealed class KubectlTests(ApiServerFixture fixture)
{
    [Fact]
    public async Task Basic_verbs()
    {
        var ns = await fixture.Server.NamespaceAsync();
        const string Manifest = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  k: v\n";
        Assert.Equal("configmap/a created\n", await RunAsync($"-n {ns} apply -f -", Manifest));
        Assert.Equal("configmap/a configured\n", await RunAsync($"-n {ns} apply -f -", Manifest.Replace("k: v", "k: w", StringComparison.Ordinal)));
        Assert.Equal("w", await RunAsync($"-n {ns} get cm a -o jsonpath={{.data.k}}"));
        Assert.Equal("configmap/a patched\n", await RunAsync($"-n {ns} patch cm a -p " + """ "{\"data\":{\"j\":\"1\"}}" """));
        Assert.Equal("configmap/a labeled\n", await RunAsync($"-n {ns} label cm a l=x"));
        Assert.Equal("configmap/a annotated\n", await RunAsync($"-n {ns} annotate cm a x=y"));
        Assert.Matches("^NAME +DATA +AGE\na +2 +\\d+s\n$", await RunAsync($"-n {ns} get cm -l l=x"));
        Assert.Equal("configmap \"a\" deleted\n", await RunAsync($"-n {ns} delete cm a"));
    }

    /// <summary>These come as protobuf: kubectl has typed clients for them.</summary>
    [Fact]
    public async Task Typed_creations()
    {
        var ns = await fixture.Server.NamespaceAsync();
        Assert.Equal("configmap/b created\n", await RunAsync($"-n {ns} create configmap b --from-literal=k=v"));
        Assert.Equal("secret/s created\n", await RunAsync($"-n {ns} create secret generic s --from-literal=k=v"));
        Assert.Equal("dg==", await RunAsync($"-n {ns} get secret s -o jsonpath={{.data.k}}"));
        Assert.Equal("deployment.apps/web created\n", await RunAsync($"-n {ns} create deployment web --image=nginx --replicas=0 --port=80"));
        Assert.Equal("0 nginx 80", await RunAsync($"-n {ns} get deploy web -o jsonpath=\"{{.spec.replicas}} {{.spec.template.spec.containers[0].image}} {{.spec.template.spec.containers[0].ports[0].containerPort}}\""));
        Assert.Equal("deployment.apps/web scaled\n", await RunAsync($"-n {ns} scale deploy web --replicas=3"));
        Assert.Equal("service/web created\n", await RunAsync($"-n {ns} create service clusterip web --tcp=80:http"));
        Assert.Equal("http", await RunAsync($"-n {ns} get service web -o jsonpath={{.spec.ports[0].targetPort}}"));
        Assert.Equal("role.rbac.authorization.k8s.io/r created\n", await RunAsync($"-n {ns} create role r --verb=get --resource=pods"));
        Assert.Equal("yes\n", await RunAsync($"-n {ns} auth can-i create pods"));
    }

    [Fact]
    public async Task Explain_and_api_resources()
    {
        Assert.Contains("Number of desired pods", await RunAsync("explain deployment.spec.replicas"), StringComparison.Ordinal);
        var resources = await RunAsync("api-resources --no-headers");
        Assert.Contains("deploy", resources, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_field_is_refused_before_it_is_written()
    {
        var ns = await fixture.Server.NamespaceAsync();
        var result = await fixture.Server.KubectlAsync($"-n {ns} create -f -", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndat: {}\n");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("unknown field \"dat\"", result.Error, StringComparison.Ordinal);
    }

    private async Task<string> RunAsync(string arguments, string? input = null)
    {
        var result = await fixture.Server.KubectlAsync(arguments, input);
        Assert.True(result.ExitCode == 0, $"kubectl {arguments}: {result.Error}");
        return result.Output;
    }
}
