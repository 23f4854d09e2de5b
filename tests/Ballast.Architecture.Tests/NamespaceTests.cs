using System.Text.RegularExpressions;

namespace Ballast.Architecture.Tests;

/// <summary>A folder is a namespace.</summary>
public sealed partial class NamespaceTests
{
    /// <summary>Folders whose sources stay in the namespace of the folder above, and why.</summary>
    private static readonly Dictionary<string, string> SameAsAbove = new()
    {
        // The core group has one resource a file and more files than a folder should hold; a namespace Services or Pods would hide the class of that name.
        ["Ballast.ApiServer/Registry/Core/Pods"] = "Ballast.ApiServer.Registry.Core",
        ["Ballast.ApiServer/Registry/Core/PodSpecs"] = "Ballast.ApiServer.Registry.Core",
        ["Ballast.ApiServer/Registry/Core/Services"] = "Ballast.ApiServer.Registry.Core",
    };

    [Fact]
    public void Namespaces_are_named_as_their_folders() =>
        Repository.AssertNone(
            from project in Repository.Projects("src")
            from source in project.Sources
            let folder = Path.Combine(project.Name, Path.GetDirectoryName(source.Path)!)
            let wanted = SameAsAbove.GetValueOrDefault(folder) ?? folder.Replace('/', '.')
            from Match declaration in Declaration().Matches(source.Text)
            where declaration.Groups[1].Value != wanted
            select $"{project.Name}/{source.Path} is in the namespace {declaration.Groups[1].Value}, and should be in {wanted}");

    [Fact]
    public void Exceptions_are_still_there() =>
        Repository.AssertNone(
            from folder in SameAsAbove.Keys
            where !Directory.Exists(Path.Combine(Repository.Root.FullName, "src", folder))
            select $"src/{folder} is gone, and an exception yet");

    [GeneratedRegex(@"^namespace ([\w.]+)", RegexOptions.Multiline)]
    private static partial Regex Declaration();
}
