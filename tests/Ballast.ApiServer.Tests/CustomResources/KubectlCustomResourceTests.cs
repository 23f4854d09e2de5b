
namespace Ballast.ApiServer.Tests.CustomResources;

/// <summary>What people do with custom resources, by the real kubectl.</summary>
public sealed class KubectlCustomResourceTests(TwoServers servers) : IClassFixture<TwoServers>
{
    private readonly Widgets _widgets = Widgets.InNewGroup();

    [Fact]
    public async Task Kubectl_works_with_them_as_with_any_kind()
    {
        var ns = await servers.First.NamespaceAsync();
        _ = await RunAsync("apply -f -", _widgets.Crd().ToJsonString());
        _ = await RunAsync($"wait --for=condition=Established crd/{_widgets.Name} --timeout=20s");
        Assert.Contains("created", await RunAsync($"apply -n {ns} -f -", _widgets.Widget("one", """{"color":"green"}""")), StringComparison.Ordinal);
        Assert.Contains("configured", await RunAsync($"apply -n {ns} -f -", _widgets.Widget("one", """{"color":"red"}""")), StringComparison.Ordinal);
        Assert.Contains("serverside-applied", await RunAsync($"apply -n {ns} --server-side -f -", _widgets.Widget("two", """{"parts":[{"name":"x"}]}""")), StringComparison.Ordinal);
        Assert.Contains("scaled", await RunAsync($"scale -n {ns} widgets.{_widgets.Group}/one --replicas=4"), StringComparison.Ordinal);

        var table = (await RunAsync($"get -n {ns} wd.{_widgets.Group}")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["NAME", "REPLICAS", "READY", "AGE"], Cells(table[0]));
        Assert.Equal(["one", "4"], Cells(table[1])[..2]);
        Assert.Equal(["two", "1"], Cells(table[2])[..2]);

        Assert.Contains("A widget for tests.", await RunAsync($"explain widgets.{_widgets.Group}"), StringComparison.Ordinal);
        Assert.Contains("How many.", await RunAsync($"explain widgets.spec.replicas --api-version={_widgets.Group}/v1"), StringComparison.Ordinal);
        Assert.Contains("name\t<string>", await RunAsync($"explain widgets.spec --recursive --api-version={_widgets.Group}/v1"), StringComparison.Ordinal);
        Assert.Contains("Widget", await RunAsync($"api-resources --api-group={_widgets.Group}"), StringComparison.Ordinal);

        _ = await RunAsync($"delete -n {ns} widgets.{_widgets.Group} --all");
        _ = await RunAsync($"delete crd {_widgets.Name} --timeout=20s");
        Assert.Equal("", await RunAsync($"api-resources --api-group={_widgets.Group} -o name"));
    }

    private async Task<string> RunAsync(string arguments, string? input = null)
    {
        var result = await servers.First.KubectlAsync(arguments, input);
        Assert.True(result.ExitCode == 0, $"kubectl {arguments}: {result.Error}");
        return result.Output;
    }

    private static string[] Cells(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
