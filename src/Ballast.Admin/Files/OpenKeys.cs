using Ballast.Admin.Hosts;
using Ballast.ComponentBase.Serving;

namespace Ballast.Admin.Files;

/// <summary>The keys of a host that others on it could read: keys below <c>pki</c>, and kubeconfigs, which have one in them.</summary>
public static class OpenKeys
{
    /// <returns>One sentence each, with what to do.</returns>
    public static IReadOnlyList<string> On(HostPaths paths) =>
    [
        .. Files(paths.Pki(""), "*.key", SearchOption.AllDirectories).Concat(Files(paths.Kubernetes, "*.conf", SearchOption.TopDirectoryOnly))
            .Order(StringComparer.Ordinal).Select(PrivateFile.Problem).OfType<string>(),
    ];

    private static IEnumerable<string> Files(string folder, string pattern, SearchOption depth) => Directory.Exists(folder) ? Directory.EnumerateFiles(folder, pattern, depth) : [];
}
