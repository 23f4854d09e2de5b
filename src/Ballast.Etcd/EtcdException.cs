namespace Ballast.Etcd;

public enum EtcdError
{
    /// <summary>No member could serve the call in time. A write was surely not carried out.</summary>
    Unavailable,

    /// <summary>The answer was lost: the write may or may not have been carried out.</summary>
    Unknown,

    /// <summary>The revision asked for was compacted away.</summary>
    Compacted,

    /// <summary>The revision asked for has not happened yet.</summary>
    FutureRevision,

    /// <summary>No such lease or member.</summary>
    NotFound,

    /// <summary>etcd understood the call and refused it; the message is etcd's.</summary>
    Refused,
}

/// <summary>An etcd call's failure.</summary>
public sealed class EtcdException(EtcdError error, string message, Exception? inner = null) : Exception(message, inner)
{
    public EtcdError Error { get; } = error;

    /// <summary>With <see cref="EtcdError.Compacted"/> from a watch: the oldest revision there is; else 0.</summary>
    public long CompactRevision { get; init; }
}
