namespace Ballast.Admin.EtcdQuorum;

/// <summary>The arithmetic of a quorum. Learners count for nothing in it.</summary>
/// <param name="Voters">Members with a vote.</param>
/// <param name="Healthy">Those of them that answer and know a leader.</param>
public sealed record QuorumSize(int Voters, int Healthy)
{
    /// <summary>How many have to agree to a write.</summary>
    public int Needed => Voters / 2 + 1;

    /// <summary>Whether writes are possible.</summary>
    public bool Holds => Voters > 0 && Healthy >= Needed;

    /// <summary>How many more may fail before writes stop.</summary>
    public int MayFail => Math.Max(0, Healthy - Needed);

    /// <summary>Without one voter.</summary>
    /// <param name="healthy">Whether that one is healthy.</param>
    public QuorumSize Without(bool healthy) => new(Voters - 1, Healthy - (healthy ? 1 : 0));

    /// <summary>Why a voter must not be removed now, with the numbers; null where it may.</summary>
    /// <param name="name">Its name, for the sentence.</param>
    /// <param name="healthy">Whether it is healthy.</param>
    public string? RefusalToRemove(string name, bool healthy)
    {
        var after = Without(healthy);
        return Voters == 1 ? $"{name} is the only member: without it there is no store"
            : !Holds ? $"{Healthy} of {Voters} members are healthy and {Needed} are needed: without a quorum etcd can change nothing"
            : !after.Holds ? $"{Healthy} of {Voters} members are healthy: without {name} {after.Healthy} of {after.Voters} would be, and {after.Needed} are needed, so writes would stop"
            : null;
    }
}
