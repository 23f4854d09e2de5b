using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Ballast.ApiServer.Tests;

/// <summary>
/// Bytes on the wire, kept in <c>Golden/</c> beside the test and changed only on purpose: with <c>BALLAST_WRITE_GOLDEN=1</c> a run writes them anew.
/// </summary>
internal static partial class Golden
{
    public static void Matches(string name, string actual, [CallerFilePath] string test = "")
    {
        var path = Path.Combine(Path.GetDirectoryName(test)!, "Golden", name);
        actual = Varying(actual);
        if (Environment.GetEnvironmentVariable("BALLAST_WRITE_GOLDEN") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, actual);
        }
        Assert.True(File.Exists(path), $"{path} does not exist; a run with BALLAST_WRITE_GOLDEN=1 makes it");
        Assert.Equal(File.ReadAllText(path), actual);
    }

    // What is another on every run stands as what it is.
    private static string Varying(string text)
    {
        text = Uid().Replace(text, "<uid>");
        text = Time().Replace(text, "<time>");
        text = Age().Replace(text, "\"<age>\"");
        text = Version().Replace(text, "\"resourceVersion\":\"<version>\"");
        return Namespace().Replace(text, "<namespace>");
    }

    [GeneratedRegex("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")]
    private static partial Regex Uid();

    [GeneratedRegex("\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}Z")]
    private static partial Regex Time();

    [GeneratedRegex("\"\\d+s\"")]
    private static partial Regex Age();

    [GeneratedRegex("\"resourceVersion\":\"\\d+\"")]
    private static partial Regex Version();

    [GeneratedRegex("test-[bcdfghjklmnpqrstvwxz2456789]{5}")]
    private static partial Regex Namespace();
}
