using System.Formats.Tar;
using Ballast.Admin.Clusters;
using Ballast.Admin.Files;
using Ballast.Admin.Hosts;
using Ballast.Admin.Pki;
using Ballast.Admin.Upgrades;

namespace Ballast.Admin.Backups;

/// <summary>
/// What a cluster needs besides its store to be the same again: the CAs and the service-account key that all control planes share, and the file with the keys by which
/// the API server encrypts Secrets, where it has one. Of an external etcd, whose CA somebody else has, it is what the API server is let in with. A tar archive with paths
/// below the host's root, <c>etc/kubernetes/pki/ca.crt</c>, sealed with the operator's key.
/// </summary>
public static class PkiArchive
{
    private static readonly string[] EtcdFlags = ["etcd-cafile", "etcd-certfile", "etcd-keyfile"];

    /// <param name="host">A control plane.</param>
    /// <param name="key">The operator's.</param>
    /// <exception cref="ClusterException">A file is missing on the host.</exception>
    public static byte[] Pack(HostPaths host, BackupKey key)
    {
        using var archive = new MemoryStream();
        using (var tar = new TarWriter(archive, TarEntryFormat.Ustar, leaveOpen: true))
        {
            foreach (var file in FilesOf(host))
            {
                if (!File.Exists(file))
                    throw new ClusterException($"{file} is missing on this host: the backup would not be whole");
                tar.WriteEntry(file, Path.GetRelativePath(host.Root, file));
            }
        }
        return key.Seal(archive.ToArray());
    }

    /// <summary>Writes the files below a folder, keys for their owner alone. What is there already is not overwritten.</summary>
    /// <param name="archive">The file that <see cref="Pack"/> made.</param>
    /// <param name="key">The operator's.</param>
    /// <param name="folder">Gets the files.</param>
    /// <returns>The files' full paths.</returns>
    /// <exception cref="ClusterException">It cannot be opened, or a file is there already; nothing is written then.</exception>
    public static IReadOnlyList<string> Unpack(string archive, BackupKey key, string folder)
    {
        if (!File.Exists(archive))
            throw new ClusterException($"there is no file {archive}");
        var root = Path.GetFullPath(folder);
        var files = Entries(key.Open(File.ReadAllBytes(archive), archive))
            .Select(e => (Path: Path.GetFullPath(Path.Combine(root, e.Name)), e.Text)).ToList();
        if (files.FirstOrDefault(f => !f.Path.StartsWith(root.TrimEnd('/') + "/", StringComparison.Ordinal)) is { Path: { } outside })
            throw new ClusterException($"{archive} holds a file that would be outside of {root}: {outside}");
        if (files.FirstOrDefault(f => File.Exists(f.Path)) is { Path: { } there })
            throw new ClusterException($"{there} is there already: nothing is overwritten") { Hint = "name a new folder with --to DIR" };
        foreach (var (path, text) in files)
            AtomicFile.Write(path, text, path.EndsWith(".crt", StringComparison.Ordinal) || path.EndsWith(".pub", StringComparison.Ordinal) ? AtomicFile.Public : AtomicFile.Secret);
        return [.. files.Select(f => f.Path)];
    }

    private static List<(string Name, string Text)> Entries(byte[] archive)
    {
        var entries = new List<(string, string)>();
        using var tar = new TarReader(new MemoryStream(archive));
        while (tar.GetNextEntry(copyData: true) is { } entry)
        {
            using var text = new StreamReader(entry.DataStream ?? Stream.Null);
            entries.Add((entry.Name, text.ReadToEnd()));
        }
        return entries;
    }

    private static IEnumerable<string> FilesOf(HostPaths host)
    {
        var server = File.Exists(host.Manifest("kube-apiserver")) ? ManifestDifference.Parse(File.ReadAllText(host.Manifest("kube-apiserver"))) : null;
        // A host that has neither the key of etcd's CA nor a member lost nothing: both are elsewhere.
        var isExternal = server is not null && !File.Exists(host.Pki("etcd/ca.key")) && !File.Exists(host.Manifest("etcd"));
        return ControlPlanePki.SharedFiles.Where(f => !isExternal || !f.StartsWith("etcd/", StringComparison.Ordinal)).Select(host.Pki)
            .Concat((isExternal ? EtcdFlags : []).Append("encryption-provider-config").Select(f => server is null ? null : ManifestDifference.FlagOf(server, f)).OfType<string>());
    }
}
