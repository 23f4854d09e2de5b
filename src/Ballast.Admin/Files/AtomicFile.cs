using System.Runtime.InteropServices;

namespace Ballast.Admin.Files;

/// <summary>Writes that are there whole or not at all: a temporary name beside the target, synced, then renamed.</summary>
public static partial class AtomicFile
{
    /// <summary>Keys and whatever holds one: its owner alone.</summary>
    public const UnixFileMode Secret = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>What everyone may read.</summary>
    public const UnixFileMode Public = Secret | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>Makes missing folders (0700 below one made here) and replaces the file.</summary>
    public static void Write(string path, string text, UnixFileMode mode)
    {
        var folder = Path.GetDirectoryName(path)!;
        Folder(folder);
        var temporary = Path.Combine(folder, $".{Path.GetFileName(path)}.{Environment.ProcessId}.tmp");
        try
        {
            using (var stream = new FileStream(temporary, new FileStreamOptions
            {
                Mode = FileMode.Create,
                Access = FileAccess.Write,
                UnixCreateMode = mode,
            }))
            {
                stream.Write(System.Text.Encoding.UTF8.GetBytes(text));
                stream.Flush(flushToDisk: true);
            }
            // The mode of a new file is cut by the umask.
            File.SetUnixFileMode(temporary, mode);
            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>Makes the path a symbolic link to <paramref name="target"/>, in place of the file or link that is there.</summary>
    public static void Link(string path, string target)
    {
        var temporary = Path.Combine(Path.GetDirectoryName(path)!, $".{Path.GetFileName(path)}.{Environment.ProcessId}.link");
        File.Delete(temporary);
        File.CreateSymbolicLink(temporary, target);
        // File.Move follows a link to a folder.
        if (Rename(temporary, path) != 0)
            throw new IOException($"{path} cannot be made a link: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    /// <summary>Makes a folder that only its owner may enter, where it is not there yet.</summary>
    public static void Folder(string path) =>
        Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

    /// <summary>Returns when everything that any program has written is on its disk, folders too.</summary>
    public static void SyncAll() => Sync();

    [LibraryImport("libc", EntryPoint = "sync")]
    private static partial void Sync();

    [LibraryImport("libc", EntryPoint = "rename", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Rename(string from, string to);
}
