using Ballast.Admin.Clusters;

namespace Ballast.Admin.Restore;

/// <summary>Whether the disks have room for what is to be written, before anything is.</summary>
internal static class FreeSpace
{
    /// <summary>Folders on the same file system need their room together.</summary>
    /// <exception cref="ClusterException">One has too little, with the numbers.</exception>
    public static void Require(IEnumerable<(string Folder, long Bytes)> needs)
    {
        var mounts = DriveInfo.GetDrives().Select(d => d.Name).OrderByDescending(m => m.Length).ToList();
        foreach (var disk in needs.GroupBy(n => mounts.First(m => n.Folder == m || n.Folder.StartsWith(m.TrimEnd('/') + "/", StringComparison.Ordinal))))
        {
            var (needed, free) = (disk.Sum(n => n.Bytes), new DriveInfo(disk.Key).AvailableFreeSpace);
            if (needed > free)
            {
                throw new ClusterException($"{disk.Key} has {free >> 20}Mi free, and {needed >> 20}Mi are needed; nothing was touched")
                {
                    Hint = "make room there (old data that restores and replacements have kept lies in folders var/lib/etcd.* of the hosts), then run the command again",
                };
            }
        }
    }
}
