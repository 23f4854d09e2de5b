using Ballast.Admin.Hosts;

namespace Ballast.Admin.Restore;

/// <summary>
/// What a restore notes down at the moment from which on it only goes forward: before, the old cluster is whole; after, the new one lies ready on every host. While the
/// file is there, no command may start the hosts: some would have the old data, some the new.
/// </summary>
/// <param name="Command">The command that finishes it: <c>ballast etcd snapshot restore</c>.</param>
/// <param name="From">What that command was given.</param>
/// <param name="Id">In the names of the folders: the time it began.</param>
/// <param name="Revision">What the restored store begins with.</param>
/// <param name="Members">The hosts whose restored data lies ready. The old data of all others is put aside.</param>
public sealed record RestoreJournal(string Command, string From, string Id, long Revision, IReadOnlyList<string> Members)
{
    private const string Waiting = "restored-";

    /// <summary>Where a host's restored data waits.</summary>
    public string Staged(HostPaths host) => EtcdDataFolders.Beside(host, Waiting + Id);

    /// <summary>Where a host's old data is kept.</summary>
    public string Aside(HostPaths host) => EtcdDataFolders.Beside(host, "before-" + Id);

    /// <summary>What the staged folders of all restores have in common.</summary>
    public static string StagedPrefix(HostPaths host) => EtcdDataFolders.Beside(host, Waiting);
}
