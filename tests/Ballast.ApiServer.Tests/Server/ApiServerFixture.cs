using Ballast.ApiServer.Tests.Server;
using Ballast.Testing.ApiServer;
using Ballast.Testing.Etcd;

[assembly: AssemblyFixture(typeof(ApiServerFixture))]

namespace Ballast.ApiServer.Tests.Server;

/// <summary>One server and one etcd for all tests that need no more; each test works in a namespace of its own.</summary>
public sealed class ApiServerFixture : IAsyncLifetime
{
    private EtcdCluster? _etcd;
    private TestApiServer? _server;

    public TestApiServer Server => _server ?? throw new InvalidOperationException("the server has not been started");

    public EtcdCluster Etcd => _etcd ?? throw new InvalidOperationException("etcd has not been started");

    public async ValueTask InitializeAsync()
    {
        _etcd = await EtcdCluster.StartAsync();
        _server = await TestApiServer.StartAsync(_etcd);
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        if (_etcd is not null)
            await _etcd.DisposeAsync();
    }
}
