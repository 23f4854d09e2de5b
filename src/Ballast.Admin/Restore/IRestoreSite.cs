using Ballast.Admin.EtcdQuorum;
using Ballast.Admin.Hosts;
using Ballast.Admin.Phases;

namespace Ballast.Admin.Restore;

/// <summary>
/// The hosts with etcd that a restore has at hand: all of a cluster on this machine, or the one that this machine is. Files and processes of other machines cannot be reached: what is to
/// be done there is told.
/// </summary>
public interface IRestoreSite
{
    /// <summary>What tells restored members from those of other clusters, with the restore's time.</summary>
    string Name { get; }

    /// <summary>The hosts that have a member, or are to have one.</summary>
    IReadOnlyList<Host> Hosts { get; }

    /// <summary>The file with the CA that the hosts have.</summary>
    string CaFile { get; }

    /// <summary>Where the API servers keep their objects in etcd.</summary>
    string Prefix { get; }

    /// <summary>An administrator's.</summary>
    string Kubeconfig { get; }

    /// <summary>Where the journal is, and the working folder.</summary>
    string Folder { get; }

    RestoreJournals Journals { get; }

    /// <summary>What a further command must be given to mean the same: nothing, or options with a space before them.</summary>
    string Again { get; }

    /// <summary>Keeps every other command from changing these hosts until it is disposed of.</summary>
    /// <exception cref="Clusters.ClusterException">Another command is at it.</exception>
    IDisposable LockWhileRestoring();

    /// <summary>The members of the quorum that other machines have; none where there is no quorum, or every host is at hand.</summary>
    /// <exception cref="Clusters.ClusterException">The quorum cannot do without them.</exception>
    Task<IReadOnlyList<MemberStatus>> ElsewhereAsync(CancellationToken cancel);

    /// <summary>Takes those out of the quorum: they end, and never go on with the old state.</summary>
    Task RemoveElsewhereAsync(ISteps steps, CancellationToken cancel);

    /// <summary>Where the members are a quorum: the hosts at hand that have yet to join, as after a recovery that was interrupted. Null where there is no quorum.</summary>
    /// <exception cref="Clusters.ClusterException">There is a quorum, and something else to be done than a recovery.</exception>
    Task<IReadOnlyList<Host>?> AbsentAsync(CancellationToken cancel);

    /// <summary>Ends every process of the hosts, so that none remembers the old state. A frozen one is not let go on for it.</summary>
    /// <returns>A few words on what was ended.</returns>
    Task<string> StopAsync(CancellationToken cancel);

    /// <returns>A few words on what was started.</returns>
    string Start();

    /// <summary>Writes the manifest of a host's member where it has none.</summary>
    void EnsureManifest(Host host, IReadOnlyList<(string Name, string PeerUrl)> members);

    /// <summary>Until the API is served by these hosts again.</summary>
    /// <exception cref="Clusters.ClusterException">It is not in time.</exception>
    Task ReadyAsync(ISteps steps, CancellationToken cancel);

    /// <summary>Gives a host a new member, in place of a dead one or of none.</summary>
    Task ReplaceMemberAsync(Host host, ISteps steps, CancellationToken cancel);
}
