using Ballast.Admin.Clusters;

namespace Ballast.Admin.Backups.Targets;

/// <summary>Opens a target by the name that users give it.</summary>
public static class BackupTarget
{
    /// <param name="target">A folder's full path, or a bucket as <c>https://HOST[:PORT]/BUCKET[/PREFIX]</c>.</param>
    /// <param name="s3Credentials">The file of <see cref="S3Credentials"/>; null where none was given.</param>
    /// <exception cref="ClusterException">It is neither, or credentials are missing.</exception>
    public static IBackupTarget Open(string target, string? s3Credentials)
    {
        if (Path.IsPathRooted(target))
            return new FolderTarget(target);
        if (!Uri.TryCreate(target, UriKind.Absolute, out var address) || address.Scheme is not ("https" or "http") || address.AbsolutePath.Trim('/').Length == 0)
            throw new ClusterException($"\"{target}\" is no backup target: name a folder by its full path, or a bucket as https://HOST/BUCKET/PREFIX", 2);
        // A snapshot holds every Secret of the cluster.
        if (address.Scheme == "http" && !address.IsLoopback)
            throw new ClusterException($"\"{target}\" would send the cluster's secrets unencrypted: use https", 2);
        if (s3Credentials is not { Length: > 0 })
            throw new ClusterException($"the bucket {target} needs credentials: name their file with --s3-credentials FILE", 2);
        // They must be right from the beginning, whatever they are later.
        S3Credentials.Read(s3Credentials);
        return new S3Target(address, s3Credentials);
    }
}
