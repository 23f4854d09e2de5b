using System.Text.Json;
using Ballast.LoadBalancer.Backends;
using Microsoft.Extensions.Logging;

namespace Ballast.LoadBalancer.Endpoints;

/// <summary>
/// Remembers the cluster's server list over a restart, so that a balancer whose command line names servers long gone still finds
/// the cluster. The file is <c>{"backends":["10.0.0.1:6443"]}</c> and is replaced as a whole.
/// </summary>
internal sealed class EndpointsState(string path, ILogger<EndpointsState> log)
{
    /// <summary>What was remembered; empty when there is no file or it cannot be read.</summary>
    public IReadOnlyList<BackendAddress> Load()
    {
        if (path.Length == 0 || !File.Exists(path)) return [];
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            return [.. document.RootElement.GetProperty("backends").EnumerateArray()
                .Select(e => BackendAddress.TryParse(e.GetString(), out var address) ? address : default)
                .Where(a => a != default).Distinct()];
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            log.LogWarning("Ignoring {Path}: {Error}", path, e.Message);
            return [];
        }
    }

    public void Save(IEnumerable<BackendAddress> backends)
    {
        if (path.Length == 0) return;
        var temporary = path + ".tmp";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write))
            {
                JsonSerializer.Serialize(file, new { backends = backends.Select(b => b.ToString()).Order(StringComparer.Ordinal) });
                file.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The list in memory is what matters now; the file is for the next start.
            log.LogWarning("Could not write {Path}: {Error}", path, e.Message);
        }
    }
}
