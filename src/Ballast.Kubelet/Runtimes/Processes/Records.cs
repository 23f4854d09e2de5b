using System.Text.Json;
using System.Text.Json.Serialization;

namespace Ballast.Kubelet.Runtimes.Processes;

/// <summary>A container, and the process that is or was it.</summary>
internal sealed record ContainerRecord(Container Container, HostProcess? Process);

[JsonSourceGenerationOptions(WriteIndented = true, UseStringEnumConverter = true)]
[JsonSerializable(typeof(ContainerRecord))]
[JsonSerializable(typeof(PodSandbox))]
internal sealed partial class RecordJson : JsonSerializerContext;

/// <summary>
/// What the runtime knows, one file a sandbox and one a container, so that the next kubelet finds what this one started.
/// A file is replaced whole; a reader sees the old or the new one.
/// </summary>
internal sealed class Records(string folder, ILogger logger)
{
    private readonly string _sandboxes = Directory.CreateDirectory(Path.Combine(folder, "sandboxes")).FullName;
    private readonly string _containers = Directory.CreateDirectory(Path.Combine(folder, "containers")).FullName;

    public IEnumerable<PodSandbox> ReadSandboxes() =>
        Read(_sandboxes, json => JsonSerializer.Deserialize(json, RecordJson.Default.PodSandbox));

    public IEnumerable<ContainerRecord> ReadContainers() =>
        Read(_containers, json => JsonSerializer.Deserialize(json, RecordJson.Default.ContainerRecord));

    public void Write(PodSandbox sandbox) =>
        Replace(PathOf(_sandboxes, sandbox.Id), JsonSerializer.SerializeToUtf8Bytes(sandbox, RecordJson.Default.PodSandbox));

    public void Write(ContainerRecord record) =>
        Replace(PathOf(_containers, record.Container.Id), JsonSerializer.SerializeToUtf8Bytes(record, RecordJson.Default.ContainerRecord));

    public void RemoveSandbox(string id) => File.Delete(PathOf(_sandboxes, id));

    public void RemoveContainer(string id) => File.Delete(PathOf(_containers, id));

    private static string PathOf(string folder, string id) => Path.Combine(folder, id + ".json");

    private static void Replace(string path, byte[] content)
    {
        var draft = path + ".tmp";
        File.WriteAllBytes(draft, content);
        File.Move(draft, path, overwrite: true);
    }

    private IEnumerable<T> Read<T>(string from, Func<byte[], T?> parse) where T : class
    {
        foreach (var path in Directory.EnumerateFiles(from, "*.json"))
        {
            T? record;
            try
            {
                record = parse(File.ReadAllBytes(path));
            }
            catch (JsonException e)
            {
                // Only a crash of the whole machine can tear a file, and after it no process is left to adopt.
                logger.LogError(e, "Unreadable runtime record is dropped {Path}", path);
                File.Delete(path);
                continue;
            }
            if (record is not null)
                yield return record;
        }
    }
}
