using System.Text.Json;
using Ballast.Admin.Clusters;
using Ballast.Admin.Files;

namespace Ballast.Admin.Certificates.Rotation;

/// <summary>
/// What a rotation of the CAs of a cluster on this machine remembers, in <c>ca-rotation</c> of the cluster's folder: the new CAs, and which steps are done. It is gone
/// when the rotation is over.
/// </summary>
internal sealed class CaRotationFiles(ClusterDirectory directory)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    private readonly string _folder = Path.Combine(directory.Path, "ca-rotation");

    private string StateFile => Path.Combine(_folder, "state.json");

    /// <summary>The new CAs.</summary>
    public CaRotationKeys Keys => new(Path.Combine(_folder, "new"));

    /// <param name="Id">Names this rotation.</param>
    /// <param name="Done">Steps that need not be done again.</param>
    public sealed record State(string Id, IReadOnlyList<string> Done);

    /// <summary>The state of the rotation that is under way, or else of a new one.</summary>
    /// <exception cref="ClusterException">The file is damaged.</exception>
    public State Load(TimeProvider time)
    {
        if (!File.Exists(StateFile))
        {
            // What a rotation left that died while it cleared up.
            if (Directory.Exists(_folder))
                Directory.Delete(_folder, recursive: true);
            return new(NewId(time), []);
        }
        try
        {
            return JsonSerializer.Deserialize<State>(File.ReadAllText(StateFile), Json)!;
        }
        catch (JsonException damaged)
        {
            throw new ClusterException($"{StateFile} is damaged: {damaged.Message}") { Hint = "put it back from a backup: it says which of the CAs is in use" };
        }
    }

    public void Save(State state) => AtomicFile.Write(StateFile, JsonSerializer.Serialize(state, Json) + "\n", AtomicFile.Public);

    public void Delete() => Directory.Delete(_folder, recursive: true);

    /// <summary>The time names a rotation.</summary>
    public static string NewId(TimeProvider time) => $"{time.GetUtcNow():yyyyMMdd'T'HHmmss'Z'}";
}
