using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Ballast.Admin.Clusters;

namespace Ballast.Admin.Backups;

/// <summary>
/// One backup: a snapshot and the sealed PKI that belongs to it. Its manifest, <c>NAME.json</c>, is written last: where there is one the backup is whole, and where there is none
/// there is no backup. The other files' names end in something random, so that two who take the same backup never write into one another's.
/// </summary>
/// <param name="Version">Of the manifest's form: 1.</param>
/// <param name="Name"><c>snapshot-20261125T060000Z</c>: by name is by time.</param>
/// <param name="Time">When the snapshot was taken. The name has the time that it was due.</param>
/// <param name="Member">The etcd member that it came from.</param>
/// <param name="Revision">The store's.</param>
/// <param name="Keys">How many there were.</param>
/// <param name="Snapshot">As <c>etcdctl snapshot save</c> writes it.</param>
/// <param name="Pki">A sealed <see cref="PkiArchive"/>.</param>
public sealed partial record Backup(int Version, string Name, DateTimeOffset Time, string Member, long Revision, int Keys, BackupPart Snapshot, BackupPart Pki)
{
    public const int CurrentVersion = 1;

    private const string TimeFormat = "yyyyMMdd'T'HHmmss'Z'";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>The name of the backup that is due at this time.</summary>
    public static string NameAt(DateTimeOffset due) => "snapshot-" + due.ToUniversalTime().ToString(TimeFormat, CultureInfo.InvariantCulture);

    /// <summary>The backup that a file belongs to; null for files that are not of backups.</summary>
    public static string? NameOf(string file) => FileName().Match(file) is { Success: true } match ? match.Groups[1].Value : null;

    public static string ManifestOf(string name) => name + ".json";

    public static string ProofOf(string name) => name + ".proof.json";

    internal static byte[] Serialize<T>(T document) => [.. JsonSerializer.SerializeToUtf8Bytes(document, Json), (byte)'\n'];

    /// <exception cref="ClusterException">It is damaged, or of another version.</exception>
    internal static T Deserialize<T>(byte[] bytes, string file, Func<T, int> version)
        where T : class
    {
        try
        {
            var document = JsonSerializer.Deserialize<T>(bytes, Json) ?? throw new JsonException("it is empty");
            return version(document) == CurrentVersion ? document : throw new ClusterException($"{file} is of version {version(document)}, and this program reads version {CurrentVersion}");
        }
        catch (JsonException damaged)
        {
            throw new ClusterException($"{file} in the backup target is damaged: {damaged.Message}") { Hint = "remove it, or put it back; the backup's other files are left as they are" };
        }
    }

    [GeneratedRegex(@"^(snapshot-\d{8}T\d{6}Z)(?:\.json|\.proof\.json|-[0-9a-f]{8}\.(?:db|pki))$")]
    private static partial Regex FileName();
}

/// <summary>A file of a backup.</summary>
/// <param name="File">Its name in the target.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">Its hash, in hexadecimal.</param>
public sealed record BackupPart(string File, long Bytes, string Sha256);

/// <summary>What came of restoring a backup; kept beside it as <c>NAME.proof.json</c>.</summary>
/// <param name="Version">Of this form: 1.</param>
/// <param name="Proven">Restored, it was what the snapshot holds.</param>
/// <param name="Time">When.</param>
/// <param name="Reason">What was compared, or what was wrong, in one sentence.</param>
public sealed record BackupProof(int Version, bool Proven, DateTimeOffset Time, string Reason);

/// <param name="Backup">The backup.</param>
/// <param name="Proof">Null where it has not been restored yet.</param>
public sealed record StoredBackup(Backup Backup, BackupProof? Proof)
{
    public string Name => Backup.Name;

    public bool Proven => Proof is { Proven: true };

    /// <summary>In one word.</summary>
    public string Verdict => Proof is null ? "unproven" : Proof.Proven ? "proven" : "failed";
}
