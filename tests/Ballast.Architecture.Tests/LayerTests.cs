namespace Ballast.Architecture.Tests;

/// <summary>References between projects point down one list; see docs/architecture.md.</summary>
public sealed class LayerTests
{
    private const string Executable = "Ballast";

    private static readonly string[] Components =
        ["Ballast.ApiServer", "Ballast.ControllerManager", "Ballast.Scheduler", "Ballast.Kubelet", "Ballast.LoadBalancer", "Ballast.Admin"];

    /// <summary>What components are made of, top to bottom.</summary>
    private static readonly string[] Shared = ["Ballast.Client", "Ballast.ComponentBase", "Ballast.Etcd", "Ballast.ApiMachinery"];

    /// <summary>Compiles the schemas while ApiMachinery is built; nothing of it is in the result.</summary>
    private const string BuildTool = "SchemaCompiler";

    [Fact]
    public void Every_project_has_its_place_in_the_list() =>
        Assert.Equal(
            new[] { Executable }.Concat(Components).Concat(Shared).Order(StringComparer.Ordinal),
            Repository.Projects("src").Select(p => p.Name).Order(StringComparer.Ordinal));

    [Fact]
    public void References_point_down() =>
        Repository.AssertNone(
            from project in Repository.Projects("src")
            from reference in project.References
            where reference != BuildTool && Row(reference) <= Row(project.Name)
            select $"{project.Name} references {reference}, which is not below it");

    [Fact]
    public void No_source_names_a_component_of_another_project() =>
        Repository.AssertNone(
            from project in Repository.Projects("src")
            where project.Name != Executable
            from source in project.Sources
            from component in Components
            where component != project.Name && source.Text.Contains($"using {component}", StringComparison.Ordinal)
            select $"{project.Name}/{source.Path} uses {component}");

    [Fact]
    public void Each_project_has_tests_and_each_test_project_a_project()
    {
        var tests = Repository.Projects("tests").Select(p => p.Name).Where(n => n.EndsWith(".Tests", StringComparison.Ordinal)).ToHashSet();
        // The executable is what the integration tests run; the architecture is everybody's.
        Assert.Equal(
            Components.Concat(Shared).Select(name => name + ".Tests").Concat(["Ballast.Integration.Tests", "Ballast.Architecture.Tests"]).Order(StringComparer.Ordinal),
            tests.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void No_test_project_is_without_tests() =>
        Repository.AssertNone(
            from project in Repository.Projects("tests")
            where project.Name.EndsWith(".Tests", StringComparison.Ordinal)
            where !project.Sources.Any(s => s.Text.Contains("[Fact", StringComparison.Ordinal) || s.Text.Contains("[Theory", StringComparison.Ordinal))
            select $"{project.Name} has no test");

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        var solution = File.ReadAllText(Path.Combine(Repository.Root.FullName, "Ballast.slnx"));
        Repository.AssertNone(
            from folder in new[] { "src", "tests", "bench", "eng" }
            from project in Repository.Projects(folder)
            where !solution.Contains($"\"{Repository.RelativePath(project.File)}\"", StringComparison.Ordinal)
            select $"{project.Name} is not in Ballast.slnx");
    }

    /// <summary>Components share a row, so that none may reference another.</summary>
    private static int Row(string project) =>
        project == Executable ? 0
        : Components.Contains(project) ? 1
        : Array.IndexOf(Shared, project) is >= 0 and var at ? 2 + at
        : throw new ArgumentException($"{project} has no place in the list of layers");
}
