using System.Diagnostics;
using Ballast.ApiServer.Tests.Server;
using Ballast.Testing.Commands;

namespace Ballast.ApiServer.Tests.Clients;

/// <summary>The official JavaScript client: its informer, its watch, its patches and apply.</summary>
public sealed class JavaScriptClientTests(ApiServerFixture fixture, ClientPrograms programs)
{
    [Fact]
    public async Task A_session()
    {
        var ns = await fixture.Server.NamespaceAsync();
        var script = new ProcessStartInfo("node", ["session.mjs", ns])
        {
            WorkingDirectory = await programs.JavaScriptFolderAsync(),
            Environment = { ["KUBECONFIG"] = fixture.Server.KubeconfigPath },
        };
        var result = await script.RunAsync(cancel: TestContext.Current.CancellationToken);
        Assert.True(result.ExitCode == 0, result.Error + result.Output);
        Assert.Equal(
            [
                "informer add before", "informer add a", "watch ADDED a", "informer update a", "watch MODIFIED a",
                "informer update a", "watch MODIFIED a", "informer delete a", "watch DELETED a", "applied web", "not found a",
            ],
            result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }
}
