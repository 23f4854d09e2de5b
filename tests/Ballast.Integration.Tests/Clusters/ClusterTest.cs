namespace Ballast.Integration.Tests.Clusters;

/// <summary>A test on the shared cluster. When it fails, its output says how the cluster looked then.</summary>
public abstract class ClusterTest(ClusterFixture fixture) : IAsyncDisposable
{
    protected TestCluster Cluster => fixture.Cluster;

    public async ValueTask DisposeAsync()
    {
        if (TestContext.Current.TestState?.Result == TestResult.Failed)
            TestContext.Current.TestOutputHelper?.WriteLine(await ClusterReport.OfAsync(Cluster));
        GC.SuppressFinalize(this);
    }
}
