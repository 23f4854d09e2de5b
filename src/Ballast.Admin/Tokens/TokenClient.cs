using Ballast.Client;

namespace Ballast.Admin.Tokens;

/// <summary>Asks a cluster, by its endpoint, in the name of a join token. The token is in memory alone: whoever is killed leaves nothing.</summary>
internal static class TokenClient
{
    /// <summary>The caller disposes of it.</summary>
    public static ApiClient Create(ClusterInfo cluster, BootstrapToken token) => ClientFactory.Create(cluster.Server, cluster.CaPem, token.Text, "ballast");
}
