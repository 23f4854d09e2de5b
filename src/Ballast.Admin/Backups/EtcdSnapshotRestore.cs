using System.Diagnostics;
using Ballast.Admin.Clusters;

namespace Ballast.Admin.Backups;

/// <summary><c>etcdctl snapshot restore</c>: makes a member's data folder from a snapshot, for a cluster that did not exist before.</summary>
public static class EtcdSnapshotRestore
{
    /// <param name="snapshot">The file.</param>
    /// <param name="data">The folder to make; must not be there yet.</param>
    /// <param name="name">The member's name.</param>
    /// <param name="peerUrl">Where its peers will reach it.</param>
    /// <param name="members">All members' names and peer URLs, this one's included.</param>
    /// <param name="token">Tells this cluster from every other with the same members: with the same snapshot, members and token the ids are the same.</param>
    /// <param name="cancel">Ends etcdctl, and leaves what it has written so far.</param>
    /// <exception cref="ClusterException">etcdctl refuses, with its reason.</exception>
    public static async Task RunAsync(string snapshot, string data, string name, string peerUrl, IEnumerable<(string Name, string PeerUrl)> members, string token, CancellationToken cancel)
    {
        var start = new ProcessStartInfo("etcdctl",
        [
            "snapshot", "restore", snapshot,
            $"--name={name}",
            $"--data-dir={data}",
            $"--initial-advertise-peer-urls={peerUrl}",
            $"--initial-cluster={string.Join(',', members.Select(m => $"{m.Name}={m.PeerUrl}"))}",
            $"--initial-cluster-token={token}",
        ])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        start.Environment["ETCDCTL_API"] = "3";
        using var etcdctl = Process.Start(start) ?? throw new InvalidOperationException("etcdctl did not start");
        try
        {
            var said = await Task.WhenAll(etcdctl.StandardError.ReadToEndAsync(cancel), etcdctl.StandardOutput.ReadToEndAsync(cancel));
            await etcdctl.WaitForExitAsync(cancel);
            if (etcdctl.ExitCode != 0)
                throw new ClusterException($"etcdctl cannot restore {snapshot}: {string.Concat(said).Trim()}");
        }
        catch (OperationCanceledException)
        {
            etcdctl.Kill();
            await etcdctl.WaitForExitAsync(CancellationToken.None);
            throw;
        }
    }
}
