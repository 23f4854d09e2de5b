using System.Globalization;
using Ballast.Admin.Hosts;

namespace Ballast.Admin.Rollouts;

/// <summary>The log files of one run of a static pod: <c>0.log</c> of its first start, <c>1.log</c> of its first restart and so on.</summary>
internal sealed class PodLog
{
    private const int Longest = 300;

    private readonly IReadOnlyList<string> _files;

    private PodLog(int restarts, IReadOnlyList<string> files) => (Restarts, _files) = (restarts, files);

    /// <summary>How often the container was started again.</summary>
    public int Restarts { get; }

    /// <summary>Null where the pod has not been started since <paramref name="since"/>.</summary>
    public static PodLog? Find(Host host, string component, DateTime since)
    {
        var pods = Path.Combine(host.Paths.Logs, "pods");
        var files = (Directory.Exists(pods) ? new DirectoryInfo(pods).EnumerateDirectories($"kube-system_{component}-{host.Name}_*") : [])
            .Where(pod => pod.CreationTimeUtc >= since)
            .SelectMany(pod => Directory.Exists(Path.Combine(pod.FullName, component)) ? Directory.EnumerateFiles(Path.Combine(pod.FullName, component), "*.log") : [])
            .Select(file => (File: file, Start: int.TryParse(Path.GetFileNameWithoutExtension(file), NumberStyles.None, CultureInfo.InvariantCulture, out var start) ? start : -1))
            .Where(f => f.Start >= 0).OrderByDescending(f => f.Start).ToList();
        return files is [var newest, ..] ? new(newest.Start, [.. files.Select(f => f.File)]) : null;
    }

    /// <summary>The last that it said, in its last two lines; before its last start where it has said nothing since; empty for nothing.</summary>
    public string LastWords()
    {
        var words = _files.Select(LastWords).FirstOrDefault(l => l.Length > 0) ?? "";
        return words.Length > Longest ? words[..Longest] + "…" : words;
    }

    private static string LastWords(string file)
    {
        try
        {
            return string.Join(' ', File.ReadLines(file).Select(l => l.Trim()).Where(l => l.Length > 0).TakeLast(2));
        }
        catch (IOException)
        {
            // The kubelet keeps the last two.
            return "";
        }
    }
}
