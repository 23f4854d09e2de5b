namespace Ballast.Etcd;

/// <summary>Where etcd is and how to reach it.</summary>
/// <param name="Endpoints">Client URLs of the members (<c>https://10.0.0.1:2379</c>); any one that is healthy is used.</param>
public sealed record EtcdOptions(IReadOnlyList<Uri> Endpoints)
{
    /// <summary>Null for plain HTTP endpoints.</summary>
    public EtcdTls? Tls { get; init; }

    /// <summary>Longest wait for a connection, TLS included.</summary>
    public TimeSpan DialTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Longest wait for one answer of a read; then another member is asked.</summary>
    public TimeSpan ReadTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Longest wait for the answer to a write. etcd itself gives up after 7 s.</summary>
    public TimeSpan WriteTimeout { get; init; } = TimeSpan.FromSeconds(7.5);

    /// <summary>
    /// How long a call goes on looking for a member that can serve it: long enough for an election, short enough that a lost quorum is told soon.
    /// </summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Silence after which a watch asks its member for a sign of life; it leaves the member after the same time again.</summary>
    public TimeSpan WatchHeartbeat { get; init; } = TimeSpan.FromSeconds(2);
}

/// <summary>Mutual TLS with files as kubeadm lays them out. Read again when they change, for new connections.</summary>
public sealed record EtcdTls(string CaFile, string CertFile, string KeyFile);
