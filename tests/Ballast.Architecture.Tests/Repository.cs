using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Ballast.Architecture.Tests;

/// <summary>A project, as its file says.</summary>
/// <param name="Name"><c>Ballast.Etcd</c>.</param>
/// <param name="File">The project file.</param>
/// <param name="References">Names of the projects it references.</param>
internal sealed record Project(string Name, FileInfo File, IReadOnlyList<string> References)
{
    /// <summary>Its sources, and the folders they are in, relative to the project's.</summary>
    public IEnumerable<Source> Sources => Repository.Files(File.Directory!)
        .Where(f => f.Extension == ".cs")
        .Select(f => new Source(Path.GetRelativePath(File.DirectoryName!, f.FullName), f));
}

/// <param name="Path">Relative to the project's folder.</param>
/// <param name="File">Where it is.</param>
internal sealed record Source(string Path, FileInfo File)
{
    /// <summary>The folder's first name; empty for a file beside the project's.</summary>
    public string Area => Path.Contains('/') ? Path[..Path.IndexOf('/', StringComparison.Ordinal)] : "";

    public string Text { get; } = System.IO.File.ReadAllText(File.FullName);
}

/// <summary>The repository these tests were built from.</summary>
internal static class Repository
{
    private static readonly HashSet<string> NotOurs = ["bin", "obj", "out", ".git", ".vs", ".idea", "TestResults", "node_modules", "BenchmarkDotNet.Artifacts"];

    public static DirectoryInfo Root { get; } = FindRoot();

    /// <summary>The projects below <paramref name="folder"/>: <c>src</c>, <c>tests</c>.</summary>
    public static IReadOnlyList<Project> Projects(string folder) =>
        [.. Files(new DirectoryInfo(Path.Combine(Root.FullName, folder))).Where(f => f.Extension == ".csproj").Select(Read)];

    /// <summary>Every file that is not made by a build.</summary>
    public static IEnumerable<FileInfo> Files(DirectoryInfo folder) =>
        folder.EnumerateFiles().Where(f => !NotOurs.Contains(f.Name)).Concat(folder.EnumerateDirectories().Where(d => !NotOurs.Contains(d.Name)).SelectMany(Files));

    public static string RelativePath(FileInfo file) => Path.GetRelativePath(Root.FullName, file.FullName);

    /// <summary>Fails with every sentence there is, not with the first alone.</summary>
    public static void AssertNone(IEnumerable<string> broken)
    {
        var sentences = broken.ToArray();
        Assert.True(sentences.Length == 0, string.Join('\n', sentences));
    }

    private static Project Read(FileInfo file) => new(
        Path.GetFileNameWithoutExtension(file.Name),
        file,
        [.. XDocument.Load(file.FullName).Descendants("ProjectReference")
            .Select(r => r.Attribute("Include")?.Value)
            .OfType<string>()
            .Select(path => Regex.Replace(path, @"^.*[/\\]|\.csproj$", ""))]);

    private static DirectoryInfo FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Ballast.slnx")))
                return folder;
        }
        throw new InvalidOperationException($"there is no Ballast.slnx above {AppContext.BaseDirectory}");
    }
}
