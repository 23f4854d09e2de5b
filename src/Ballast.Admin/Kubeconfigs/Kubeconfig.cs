using Ballast.Admin.Files;
using Ballast.Admin.Pki;

namespace Ballast.Admin.Kubeconfigs;

/// <summary>A kubeconfig with one cluster, one user and one context, everything embedded.</summary>
/// <param name="Server"><c>https://ADDRESS:PORT</c> of a load balancer, never of one server.</param>
/// <param name="Cluster">The cluster's name in it.</param>
/// <param name="User">The user's name in it.</param>
public sealed record Kubeconfig(string Server, string Cluster, string User)
{
    /// <summary>The name in the server's certificate; null where it is that of <see cref="Server"/>.</summary>
    public string? TlsServerName { get; init; }

    /// <summary>Writes the file, unless it exists; 0600, for it holds a key.</summary>
    public void Ensure(string path, string caPem, Func<KeyPair> issue)
    {
        if (!File.Exists(path))
            Write(path, caPem, issue());
    }

    /// <summary>Writes the file with a client certificate.</summary>
    public void Write(string path, string caPem, KeyPair pair) => AtomicFile.Write(path, Text(caPem, pair), AtomicFile.Secret);

    /// <summary>The file with a client certificate.</summary>
    public string Text(string caPem, KeyPair pair) => Render(caPem,
        $"""
            client-certificate-data: {Base64(pair.CertificatePem)}
            client-key-data: {Base64(pair.KeyPem)}
        """);

    /// <summary>Writes the file with a token.</summary>
    public void Write(string path, string caPem, string token) => AtomicFile.Write(path, Render(caPem, $"    token: {token}"), AtomicFile.Secret);

    private string Render(string caPem, string credentials) =>
        $"""
        apiVersion: v1
        kind: Config
        clusters:
        - name: {Cluster}
          cluster:
            certificate-authority-data: {Base64(caPem)}
            server: {Server}{(TlsServerName is null ? "" : $"\n    tls-server-name: {TlsServerName}")}
        users:
        - name: {User}
          user:
        {credentials}
        contexts:
        - name: {User}@{Cluster}
          context:
            cluster: {Cluster}
            user: {User}
        current-context: {User}@{Cluster}
        preferences: {"{}"}

        """;

    private static string Base64(string text) => Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(text));
}
