using System.Runtime.InteropServices;
using System.Text.Json.Nodes;

namespace Ballast.ApiServer.Discovery;

/// <summary>The version of the Kubernetes API that this server speaks, as <c>/version</c> tells it.</summary>
public static class KubernetesVersion
{
    public const string Major = "1";
    public const string Minor = "36";
    public const string Git = "v1.36.2";

    public static JsonObject Document { get; } = new()
    {
        ["major"] = Major,
        ["minor"] = Minor,
        ["emulationMajor"] = Major,
        ["emulationMinor"] = Minor,
        ["minCompatibilityMajor"] = Major,
        ["minCompatibilityMinor"] = "35",
        ["gitVersion"] = Git,
        ["gitCommit"] = "",
        ["gitTreeState"] = "clean",
        ["buildDate"] = File.GetLastWriteTimeUtc(typeof(KubernetesVersion).Assembly.Location).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture),
        // The field says what runs the server; there is no Go here.
        ["goVersion"] = $"dotnet{Environment.Version}",
        ["compiler"] = "dotnet",
        ["platform"] = "linux/" + (RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "arm64" : "amd64"),
    };
}
