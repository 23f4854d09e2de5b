using System.Text.Json;
using Ballast.Admin.Clusters;
using Ballast.Admin.Files;
using Ballast.Admin.Hosts;
using Ballast.Admin.Pki;

namespace Ballast.Admin.Certificates;

/// <summary>
/// What a rotation of the CAs remembers, in <c>ca-rotation</c> of the cluster's folder: the old CAs and the new ones, and which steps are done. It is gone when the
/// rotation is over.
/// </summary>
internal sealed class CaRotationFiles(ClusterDirectory directory)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    private readonly string _folder = Path.Combine(directory.Path, "ca-rotation");

    private string StateFile => Path.Combine(_folder, "state.json");

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
            return new($"{time.GetUtcNow():yyyyMMdd'T'HHmmss'Z'}", []);
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

    public CertificateAuthority Old(string authority) => CertificateAuthority.Load(Path.Combine(_folder, "old", authority));

    public CertificateAuthority New(string authority) => CertificateAuthority.Load(Path.Combine(_folder, "new", authority));

    public KeyPair OldPair(string authority) => KeyPairFiles.Read(Path.Combine(_folder, "old", authority));

    public KeyPair NewPair(string authority) => KeyPairFiles.Read(Path.Combine(_folder, "new", authority));

    public KeyPair OldServiceAccount => ServiceAccountIn("old");

    public KeyPair NewServiceAccount => ServiceAccountIn("new");

    /// <summary>Keeps the CAs that are in use, and makes those that follow them. What is there already stays; nobody has been told of it yet.</summary>
    /// <param name="first">The host with all of them.</param>
    /// <param name="serviceAccount">Makes a key for service-account tokens, like the one before it; the public key stands in for a certificate.</param>
    /// <param name="time">The clock.</param>
    public void Generate(HostPaths first, Func<KeyPair, KeyPair> serviceAccount, TimeProvider time)
    {
        foreach (var authority in HostCertificate.Authorities)
        {
            Keep(Path.Combine("old", authority), "crt", () => CertificateAuthority.Own(KeyPairFiles.Read(first.Pki(authority))));
            Keep(Path.Combine("new", authority), "crt", () => Old(authority).Successor(time));
        }
        Keep("old/sa", "pub", () => new(File.ReadAllText(first.Pki("sa.pub")), File.ReadAllText(first.Pki("sa.key"))));
        Keep("new/sa", "pub", () => serviceAccount(OldServiceAccount));
    }

    public void Delete() => Directory.Delete(_folder, recursive: true);

    private KeyPair ServiceAccountIn(string age) => new(File.ReadAllText(Path.Combine(_folder, age, "sa.pub")), File.ReadAllText(Path.Combine(_folder, age, "sa.key")));

    private void Keep(string name, string ending, Func<KeyPair> make)
    {
        var path = Path.Combine(_folder, name);
        if (File.Exists($"{path}.{ending}"))
            return;
        var pair = make();
        // The second file is what tells that both are there.
        AtomicFile.Write(path + ".key", pair.KeyPem, AtomicFile.Secret);
        AtomicFile.Write($"{path}.{ending}", pair.CertificatePem, AtomicFile.Public);
    }
}
