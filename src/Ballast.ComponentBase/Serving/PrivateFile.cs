namespace Ballast.ComponentBase.Serving;

/// <summary>A file that holds a key, and is its owner's alone.</summary>
public static class PrivateFile
{
    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <summary>What is wrong with its mode, and what to do; null where nothing is, or there is no such file.</summary>
    public static string? Problem(string path) =>
        File.Exists(path) && File.GetUnixFileMode(path) is var mode && (mode & Others) != 0
            ? $"{path} holds a key and is open to others (mode {Convert.ToString((int)mode, 8).PadLeft(4, '0')}): chmod 600 {path}, and where others have logins here, make the key anew" : null;
}
