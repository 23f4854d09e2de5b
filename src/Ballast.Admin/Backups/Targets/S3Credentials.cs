using Ballast.Admin.Clusters;

namespace Ballast.Admin.Backups.Targets;

/// <summary>Whom an S3 server lets in, from a file in the form of AWS's own tools.</summary>
public sealed record S3Credentials(string AccessKeyId, string SecretAccessKey)
{
    /// <summary>
    /// Reads the lines of the first profile, or those of <c>[default]</c>:
    /// <code>
    /// [default]
    /// aws_access_key_id = …
    /// aws_secret_access_key = …
    /// </code>
    /// </summary>
    /// <exception cref="ClusterException">It cannot be read, or lacks one of the two.</exception>
    public static S3Credentials Read(string path)
    {
        var values = new Dictionary<string, string>();
        foreach (var line in Lines(path).Select(l => l.Trim()).Where(l => l.Length > 0 && l[0] is not ('#' or ';')))
        {
            if (line.StartsWith('[') && values.Count > 0 && line != "[default]")
                break;
            if (line == "[default]")
                values.Clear();
            if (line.Split('=', 2) is [var name, var value])
                values[name.Trim()] = value.Trim();
        }
        return values.TryGetValue("aws_access_key_id", out var id) && values.TryGetValue("aws_secret_access_key", out var secret) && id.Length > 0 && secret.Length > 0
            ? new(id, secret)
            : throw new ClusterException($"{path} should have lines aws_access_key_id = … and aws_secret_access_key = …");
    }

    /// <summary>Without the secret.</summary>
    public override string ToString() => AccessKeyId;

    private static string[] Lines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new ClusterException($"the S3 credentials cannot be read: {unreadable.Message}");
        }
    }
}
