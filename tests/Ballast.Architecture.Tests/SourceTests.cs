using System.Text.RegularExpressions;

namespace Ballast.Architecture.Tests;

/// <summary>What must not be in the repository.</summary>
public sealed partial class SourceTests
{
    [Fact]
    public void Nothing_is_left_to_be_done() =>
        Repository.AssertNone(
            from project in Repository.Projects("src")
            from source in project.Sources
            from Match match in Unfinished().Matches(source.Text)
            select $"{project.Name}/{source.Path} has {match.Value}");

    [Fact]
    public void Nobodys_folders_are_named() =>
        Repository.AssertNone(
            from file in Repository.Files(Repository.Root)
            where file.Length < 1 << 20
            from Match match in PrivateFolder().Matches(File.ReadAllText(file.FullName))
            select $"{Repository.RelativePath(file)} names {match.Value}");

    [GeneratedRegex(@"\b(TODO|FIXME|HACK|XXX)\b|\bNotImplementedException\b")]
    private static partial Regex Unfinished();

    /// <summary>A home folder, or the folder of somebody's check-out.</summary>
    [GeneratedRegex(@"(?<![\w.}])/(home|root|Users|work|workspace)/[\w.-]+")]
    private static partial Regex PrivateFolder();
}
