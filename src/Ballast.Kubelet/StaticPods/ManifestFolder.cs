using System.Threading.Channels;
using k8s.Models;
using Ballast.Kubelet.Pods;

namespace Ballast.Kubelet.StaticPods;

/// <summary>
/// The static pods that a folder's manifests describe. The folder is watched, and read again now and then because a
/// watch can miss things. A file that cannot be read is named in the log, and the pod it last described stays.
/// </summary>
/// <param name="checkFrequency">How often the folder is read without a sign of change.</param>
internal sealed class ManifestFolder(string path, string nodeName, TimeSpan checkFrequency, TimeProvider time, ILogger<ManifestFolder> logger)
{
    // An editor or a copy touches a file several times; half-written files are read once they are still.
    private static readonly TimeSpan Settle = TimeSpan.FromMilliseconds(100);

    private readonly Dictionary<string, (string Text, V1Pod? Pod)> _files = [];
    private IReadOnlyCollection<string> _known = [];

    /// <summary>The pods as last read.</summary>
    public IReadOnlyList<V1Pod> Pods => [.. _files.Values.Select(f => f.Pod).OfType<V1Pod>()];

    /// <summary>Calls the workers for every change until cancelled. The first reading is done when <paramref name="ready"/> is called.</summary>
    public async Task RunAsync(Action<V1Pod> update, Action<string> remove, Action ready, CancellationToken cancellation)
    {
        var changed = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        using var watcher = Watch(() => changed.Writer.TryWrite(true));
        Read(update, remove);
        ready();
        while (true)
        {
            using (var wait = CancellationTokenSource.CreateLinkedTokenSource(cancellation))
            {
                await Task.WhenAny(changed.Reader.WaitToReadAsync(wait.Token).AsTask(), Task.Delay(checkFrequency, time, wait.Token));
                await wait.CancelAsync();
            }
            cancellation.ThrowIfCancellationRequested();
            if (changed.Reader.TryRead(out _))
                await Task.Delay(Settle, time, cancellation);
            Read(update, remove);
        }
    }

    /// <summary>Reads the folder, and reports what is new and what is gone.</summary>
    public void Read(Action<V1Pod> update, Action<string> remove)
    {
        ReadFiles();
        // Two files may claim one pod; the first by name has it.
        var pods = new Dictionary<string, V1Pod>();
        foreach (var (file, (_, pod)) in _files.OrderBy(f => f.Key, StringComparer.Ordinal))
        {
            if (pod is not null && !pods.Values.Any(p => p.FullName == pod.FullName))
                pods[pod.Metadata.Uid] = pod;
            else if (pod is not null && !pods.ContainsKey(pod.Metadata.Uid))
                logger.LogError("Manifest describes a pod that another file describes already, skipping {File} {Pod}", file, pod.FullName);
        }
        // First what goes, so that a changed pod's successor finds its name on the way out.
        foreach (var gone in _known.Except(pods.Keys).ToList())
            remove(gone);
        foreach (var added in pods.Keys.Except(_known).ToList())
            update(pods[added]);
        _known = [.. pods.Keys];
    }

    private void ReadFiles()
    {
        var seen = new HashSet<string>();
        foreach (var file in List())
        {
            seen.Add(file);
            string text;
            try
            {
                text = File.ReadAllText(file);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                logger.LogError("Can't read manifest, its pod stays as it was {File}: {Error}", file, e.Message);
                continue;
            }
            if (_files.TryGetValue(file, out var before) && before.Text == text)
                continue;
            try
            {
                _files[file] = (text, ManifestReader.Read(text, nodeName, time.GetUtcNow()));
                logger.LogInformation("Read static pod manifest {File}", file);
            }
            catch (FormatException e)
            {
                _files[file] = (text, before.Pod);
                logger.LogError("Could not process manifest {Outcome} {File}: {Error}", before.Pod is null ? "and it is skipped" : "and its pod stays as it was", file, e.Message);
            }
        }
        foreach (var gone in _files.Keys.Where(f => !seen.Contains(f)).ToList())
            _files.Remove(gone);
    }

    private IEnumerable<string> List()
    {
        try
        {
            return [.. Directory.EnumerateFiles(path).Where(f => !Path.GetFileName(f).StartsWith('.'))];
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            logger.LogError("Unable to read config path {Path}: {Error}", path, e.Message);
            return _files.Keys.ToList();
        }
    }

    private FileSystemWatcher Watch(Action changed)
    {
        Directory.CreateDirectory(path);
        var watcher = new FileSystemWatcher(path) { NotifyFilter = NotifyFilters.FileName | NotifyFilters.LastWrite | NotifyFilters.Size };
        watcher.Created += (_, _) => changed();
        watcher.Changed += (_, _) => changed();
        watcher.Deleted += (_, _) => changed();
        watcher.Renamed += (_, _) => changed();
        watcher.Error += (_, e) =>
        {
            logger.LogWarning("Watching the manifests failed, reading them again: {Error}", e.GetException().Message);
            changed();
        };
        watcher.EnableRaisingEvents = true;
        return watcher;
    }
}
