using Ballast.Admin.Kubeconfigs;
using Ballast.Client;

namespace Ballast.Admin.Tokens;

/// <summary>Asks a cluster, by its endpoint, in the name of a join token. The kubeconfig that holds the token is gone when this is disposed of.</summary>
internal sealed class TokenClient : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ballast-join-");

    public TokenClient(ClusterInfo cluster, BootstrapToken token)
    {
        try
        {
            var file = Path.Combine(_folder.FullName, "bootstrap-kubelet.conf");
            new Kubeconfig(cluster.Server, "kubernetes", "tls-bootstrap-token-user").Write(file, cluster.CaPem, token.Text);
            Api = ClientFactory.Create(file, "ballast");
        }
        catch
        {
            _folder.Delete(recursive: true);
            throw;
        }
    }

    public ApiClient Api { get; }

    public void Dispose()
    {
        Api.Dispose();
        _folder.Delete(recursive: true);
    }
}
