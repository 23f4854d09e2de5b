using System.Text.RegularExpressions;

namespace Ballast.Architecture.Tests;

/// <summary>Inside the API server a request goes one way: Server, Endpoints, Admission, Registry, Storage.</summary>
public sealed class ApiServerTests
{
    /// <summary>What each folder may use; <c>Server</c> puts everything together.</summary>
    private static readonly Dictionary<string, string[]> MayUse = new()
    {
        [""] = ["Server"],
        ["OpenApi"] = ["Discovery", "Endpoints", "Registry"],
        ["Discovery"] = ["Endpoints", "Registry"],
        ["Endpoints"] = ["Admission", "Authentication", "Registry", "Storage"],
        ["CustomResources"] = ["Discovery", "Admission", "Authorization", "Authentication", "Registry", "Storage"],
        ["Admission"] = ["Authorization", "Authentication", "Registry", "Storage"],
        ["Bootstrap"] = ["Authorization", "Authentication", "Registry", "Storage"],
        ["Authorization"] = ["Authentication", "Registry", "Storage"],
        ["Authentication"] = ["Registry", "Storage"],
        ["Registry"] = ["Storage"],
        ["Storage"] = [],
    };

    /// <summary>Files that use more, and why.</summary>
    private static readonly (string File, string Uses, string Reason)[] Exceptions =
    [
        ("Authentication/Impersonation.cs", "Authorization", "acting as somebody else is itself a permission"),
        ("Authorization/ServerAuthorization.cs", "Bootstrap", "nodes are judged by the rules of the role system:node"),
        ("Registry/ResourceRequest.cs", "Authentication", "UserInfo: who asks is a part of every request"),
        ("Registry/Core/Services/ClusterIPAllocator.cs", "Authentication", "UserInfo: allocations are written by the server itself"),
    ];

    private static IReadOnlyList<Source> Sources { get; } = [.. Repository.Projects("src").Single(p => p.Name == "Ballast.ApiServer").Sources];

    [Fact]
    public void Folders_use_only_what_is_below_them() =>
        Repository.AssertNone(
            from source in Sources
            where source.Area != "Server"
            from used in UsedBy(source)
            where !MayUse.GetValueOrDefault(source.Area, []).Contains(used) && !Exceptions.Any(e => e.File == source.Path && e.Uses == used)
            select $"{source.Path} uses {used}: {(MayUse.ContainsKey(source.Area) ? $"{source.Area} may not" : $"{source.Area} has no place among the folders yet")}");

    [Fact]
    public void What_may_be_used_has_no_cycle()
    {
        var done = new HashSet<string>();
        while (MayUse.Keys.FirstOrDefault(f => !done.Contains(f) && MayUse[f].All(u => u == "Server" || done.Contains(u))) is { } next)
            done.Add(next);
        Assert.Equal(MayUse.Keys.Order(StringComparer.Ordinal), done.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_exception_is_needed() =>
        Repository.AssertNone(
            from exception in Exceptions
            where Sources.SingleOrDefault(s => s.Path == exception.File) is not { } source || !UsedBy(source).Contains(exception.Uses)
            select $"{exception.File} does not use {exception.Uses} any more: take the exception out");

    /// <summary>Folders that a source names, in full or from the project's namespace on.</summary>
    private static IEnumerable<string> UsedBy(Source source) =>
        Sources.Select(s => s.Area).Distinct().Where(area => area.Length > 0 && area != source.Area
            && Regex.IsMatch(source.Text, $@"Ballast\.ApiServer\.{area}\b|(?<![\w.""/<>]){area}\.[A-Z]"));
}
