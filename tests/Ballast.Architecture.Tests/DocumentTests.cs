using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Ballast.Architecture.Tests;

/// <summary>Documents agree with what they speak of.</summary>
public sealed partial class DocumentTests
{
    private static IEnumerable<FileInfo> Documents => Repository.Files(Repository.Root).Where(f => f.Extension == ".md");

    [Fact]
    public void Every_package_has_its_reason_in_a_decision()
    {
        var explained = Repository.Files(new DirectoryInfo(Path.Combine(Repository.Root.FullName, "docs/decisions")))
            .SelectMany(f => File.ReadLines(f.FullName))
            .Where(line => line.StartsWith('|'))
            .SelectMany(line => line.Split('|')[1].Split(',', StringSplitOptions.TrimEntries))
            .ToHashSet();
        Repository.AssertNone(
            from package in XDocument.Load(Path.Combine(Repository.Root.FullName, "Directory.Packages.props")).Descendants("PackageVersion")
            let name = package.Attribute("Include")!.Value
            where !explained.Contains(name)
            select $"{name} has no line in docs/decisions");
    }

    [Fact]
    public void Every_decision_is_numbered_dated_and_listed()
    {
        var folder = new DirectoryInfo(Path.Combine(Repository.Root.FullName, "docs/decisions"));
        var list = File.ReadAllText(Path.Combine(folder.FullName, "README.md"));
        Repository.AssertNone(
            from file in folder.EnumerateFiles("*.md")
            where file.Name != "README.md"
            let text = File.ReadAllText(file.FullName)
            where !Regex.IsMatch(file.Name, @"^\d{4}-[a-z0-9-]+\.md$")
                || !text.StartsWith($"# {int.Parse(file.Name[..4], System.Globalization.CultureInfo.InvariantCulture)}. ", StringComparison.Ordinal)
                || !Regex.IsMatch(text, @"^\d{4}-\d{2}-\d{2}$", RegexOptions.Multiline)
                || !list.Contains($"({file.Name})", StringComparison.Ordinal)
            select $"docs/decisions/{file.Name} lacks its number, its title, its date or its line in README.md");
    }

    [Fact]
    public void Links_lead_somewhere() =>
        Repository.AssertNone(
            from document in Documents
            from Match link in RelativeLink().Matches(File.ReadAllText(document.FullName))
            let target = Path.Combine(document.DirectoryName!, link.Groups[1].Value)
            where !File.Exists(target) && !Directory.Exists(target)
            select $"{Repository.RelativePath(document)} links to {link.Groups[1].Value}, which is not there");

    [Fact]
    public void Every_document_is_reached_from_README()
    {
        var reached = new HashSet<string>();
        var next = new Queue<string>([Path.Combine(Repository.Root.FullName, "README.md")]);
        while (next.TryDequeue(out var document))
        {
            if (!reached.Add(document) || !document.EndsWith(".md", StringComparison.Ordinal) || !File.Exists(document))
                continue;
            foreach (Match link in RelativeLink().Matches(File.ReadAllText(document)))
                next.Enqueue(Path.GetFullPath(Path.Combine(Path.GetDirectoryName(document)!, link.Groups[1].Value)));
        }
        Repository.AssertNone(
            from document in Documents
            where !reached.Contains(document.FullName)
            select $"no link leads from README.md to {Repository.RelativePath(document)}");
    }

    [GeneratedRegex(@"\]\((?!https?:|#|mailto:)([^)#\s]+)")]
    private static partial Regex RelativeLink();
}
