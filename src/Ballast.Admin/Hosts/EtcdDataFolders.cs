using System.Globalization;
using Ballast.Admin.Files;

namespace Ballast.Admin.Hosts;

/// <summary>
/// Where etcd data waits, or is kept, beside that of a host: in folders that are called like its own and something more; inside of it where it is a mount point, for what
/// moves has to stay on its disk. What moves is etcd's own folder, <c>member</c>.
/// </summary>
internal static class EtcdDataFolders
{
    private const string Member = "member";

    /// <param name="host">The host.</param>
    /// <param name="what"><c>before-20261125T060000000Z</c>.</param>
    public static string Beside(HostPaths host, string what) => (IsMountPoint(host.EtcdData) ? Path.Combine(host.EtcdData, "etcd") : host.EtcdData) + "." + what;

    /// <summary>The time, as it is in the folders' names.</summary>
    public static string Moment(TimeProvider time) => time.GetUtcNow().ToString("yyyyMMdd'T'HHmmssfff'Z'", CultureInfo.InvariantCulture);

    /// <summary>Whether there is any data.</summary>
    public static bool HasData(string folder) => Directory.Exists(Path.Combine(folder, Member));

    /// <summary>The data itself.</summary>
    public static string DataIn(string folder) => Path.Combine(folder, Member);

    /// <summary>Moves the data, at once. Where there is none nothing happens.</summary>
    public static void Move(string from, string to)
    {
        if (!HasData(from))
            return;
        AtomicFile.Folder(to);
        Directory.Move(DataIn(from), DataIn(to));
    }

    private static bool IsMountPoint(string folder) => DriveInfo.GetDrives().Any(d => d.Name == folder);
}
