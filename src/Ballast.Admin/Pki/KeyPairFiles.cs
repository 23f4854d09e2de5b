using Ballast.Admin.Files;

namespace Ballast.Admin.Pki;

/// <summary>
/// A certificate and its key, <c>NAME.crt</c> and <c>NAME.key</c>, which change together. Two files cannot be renamed at once; so both names are links through
/// one folder link, and that one is renamed:
/// <code>
/// apiserver.crt -> .pairs/apiserver/current/certificate.pem
/// apiserver.key -> .pairs/apiserver/current/key.pem
/// .pairs/apiserver/current -> 20260301T120000.000-4711
/// </code>
/// Whoever dies in between leaves the old pair or the new one. A reader that opens one file before and the other after sees a pair that does not fit, and looks again.
/// Files that are no links yet become links to copies of themselves first. The caller sees to it that nobody else replaces the same pair.
/// </summary>
public static class KeyPairFiles
{
    private const string Certificate = "certificate.pem";
    private const string Key = "key.pem";

    /// <param name="path">Without an ending.</param>
    /// <exception cref="PkiException">One of the files is missing, or they cannot be read.</exception>
    public static KeyPair Read(string path)
    {
        try
        {
            return new(File.ReadAllText(path + ".crt"), File.ReadAllText(path + ".key"));
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new PkiException(missing.Message);
        }
    }

    /// <param name="path">Without an ending; both files exist.</param>
    /// <param name="pair">Takes their place.</param>
    /// <param name="time">Names the new folder.</param>
    public static void Replace(string path, KeyPair pair, TimeProvider time)
    {
        var name = Path.GetFileName(path);
        var folder = Path.Combine(Path.GetDirectoryName(path)!, ".pairs", name);
        AtomicFile.Folder(Path.GetDirectoryName(folder)!);
        AtomicFile.Folder(folder);
        if (!Links(path, name))
        {
            // What was is what is: at every moment in between both names lead to the same contents as before.
            Point(folder, "kept", Read(path));
            AtomicFile.Link(path + ".key", Target(name, Key));
            AtomicFile.Link(path + ".crt", Target(name, Certificate));
        }
        var now = $"{time.GetUtcNow():yyyyMMdd'T'HHmmss.fff}-{Environment.ProcessId}";
        Point(folder, now, pair);
        foreach (var old in Directory.EnumerateDirectories(folder).Where(d => Path.GetFileName(d) != now && new DirectoryInfo(d).LinkTarget is null))
            Directory.Delete(old, recursive: true);
    }

    private static void Point(string folder, string generation, KeyPair pair)
    {
        AtomicFile.Write(Path.Combine(folder, generation, Key), pair.KeyPem, AtomicFile.Secret);
        AtomicFile.Write(Path.Combine(folder, generation, Certificate), pair.CertificatePem, AtomicFile.Public);
        AtomicFile.Link(Path.Combine(folder, "current"), generation);
    }

    private static bool Links(string path, string name) =>
        new FileInfo(path + ".crt").LinkTarget == Target(name, Certificate) && new FileInfo(path + ".key").LinkTarget == Target(name, Key);

    private static string Target(string name, string file) => $".pairs/{name}/current/{file}";
}
