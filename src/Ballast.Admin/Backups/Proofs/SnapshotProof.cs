using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ballast.Admin.Clusters;
using Ballast.Admin.EtcdQuorum;
using Ballast.Admin.Files;
using Ballast.Admin.Phases;
using Ballast.Admin.Prerequisites;
using Ballast.Etcd;

namespace Ballast.Admin.Backups.Proofs;

/// <summary>What came of restoring a snapshot.</summary>
/// <param name="Proven">Restored, it was what its bytes hold.</param>
/// <param name="Reason">What was compared, or what was wrong, in one sentence.</param>
/// <param name="Revision">The store's, as the snapshot holds it; 0 where it could not be read.</param>
/// <param name="Keys">How many there are.</param>
/// <param name="Compared">How many objects were read through the API server.</param>
public sealed record Verdict(bool Proven, string Reason, long Revision = 0, int Keys = 0, int Compared = 0);

/// <summary>
/// Proves a snapshot by restoring it into a scratch etcd and a scratch kube-apiserver. The number of keys, the revision and a sample of objects must be those that the snapshot's
/// own bytes hold. Nothing of it is left when it ends, also by cancellation.
/// </summary>
/// <param name="program">Full path of the ballast executable.</param>
/// <param name="scratch">A folder with room for the snapshot's data.</param>
/// <param name="steps">Told how it goes.</param>
/// <param name="time">The clock.</param>
/// <param name="random">Draws the sample.</param>
/// <param name="prefix">Where the API server keeps its objects. Keys that are not below it are another program's; they are counted.</param>
public sealed class SnapshotProof(string program, string scratch, ISteps steps, TimeProvider time, Random random, string prefix = ClusterEtcd.DefaultPrefix)
{
    /// <summary>Of each resource so many, at random.</summary>
    private const int ObjectsOfEach = 3;

    private const int MostObjects = 200;

    /// <summary>Kept by the API server for itself, and served by none of its paths.</summary>
    private static readonly string[] Internal = ["ranges/", "masterleases/", "peerserverleases/"];

    private readonly string _registry = prefix.TrimEnd('/') + "/";

    /// <exception cref="ClusterException">It cannot be tried on this machine.</exception>
    public async Task<Verdict> RunAsync(string file, CancellationToken cancel)
    {
        if (!File.Exists(file))
            throw new ClusterException($"there is no file {file}");
        if (((string[])["etcd", "etcdctl"]).FirstOrDefault(p => DebianPackages.Find(p) is null) is { } missing)
            throw new ClusterException($"{missing} is missing on this machine: a snapshot is proven by restoring it") { Hint = "apt-get install -y --no-install-recommends etcd-server etcd-client" };
        AtomicFile.Folder(scratch);
        try
        {
            return await ProveAsync(file, cancel);
        }
        catch (ClusterException failed)
        {
            return new(false, failed.Message);
        }
        catch (Exception failed) when (failed is EtcdException or HttpRequestException)
        {
            cancel.ThrowIfCancellationRequested();
            return new(false, $"what was restored does not answer: {failed.Message}");
        }
    }

    private async Task<Verdict> ProveAsync(string file, CancellationToken cancel)
    {
        SnapshotContents contents = null!;
        await steps.RunAsync("Read the snapshot", async token =>
        {
            await SnapshotFile.CheckAsync(file, token);
            contents = SnapshotContents.Read(file, token);
            return $"{contents.Count} keys at revision {contents.Revision}";
        }, cancel);

        var sample = Sample(contents);
        if (sample.Count == 0)
            return new(false, $"it holds no Kubernetes object as JSON below {_registry}", contents.Revision, contents.Count);

        ScratchEtcd etcd = null!;
        await steps.RunAsync("Restore it into a scratch etcd", async token =>
        {
            etcd = await ScratchEtcd.FromSnapshotAsync(file, scratch, time, token);
            return etcd.Endpoint.Authority;
        }, cancel);
        await using var restored = etcd;
        if (await StoreDifferenceAsync(restored.Client, contents, cancel) is { } difference)
            return new(false, difference, contents.Revision, contents.Count);

        ScratchApiServer server = null!;
        await steps.RunAsync("Start a scratch kube-apiserver on it", async token =>
        {
            server = await ScratchApiServer.StartAsync(program, restored, prefix, scratch, time, token);
            return "";
        }, cancel);
        await using var serving = server;
        string? wrong = null;
        await steps.RunAsync("Compare objects", async token =>
        {
            wrong = await ObjectDifferenceAsync(new ObjectComparison(server.Client, contents.Revision), sample, token);
            return $"{sample.Count} of {contents.Count}";
        }, cancel);
        return new(wrong is null, wrong ?? string.Create(CultureInfo.InvariantCulture, $"{contents.Count} keys at revision {contents.Revision}; {sample.Count} objects are served as they were stored"),
            contents.Revision, contents.Count, sample.Count);
    }

    /// <summary>Keys that hang on leases may be gone again by now, but not at the snapshot's revision.</summary>
    private static async Task<string?> StoreDifferenceAsync(EtcdClient etcd, SnapshotContents contents, CancellationToken cancel)
    {
        var now = await etcd.KeyValues.CurrentRevisionAsync(cancel);
        if (now < contents.Revision)
            return $"the restored store is at revision {now}, and the snapshot is of {contents.Revision}";
        var count = (await etcd.KeyValues.RangeAsync(KeyRange.All, new RangeOptions(Revision: contents.Revision, CountOnly: true), cancel)).Count;
        return count == contents.Count ? null : $"the restored store has {count} keys at revision {contents.Revision}, and the snapshot holds {contents.Count}";
    }

    private static async Task<string?> ObjectDifferenceAsync(ObjectComparison comparison, IReadOnlyList<(JsonObject Object, long ModRevision)> sample, CancellationToken cancel)
    {
        foreach (var (stored, modRevision) in sample)
        {
            if (await comparison.DifferenceAsync(stored, modRevision, cancel) is { } difference)
                return difference;
        }
        return null;
    }

    /// <summary>Some objects of each resource, so that none is missed for being rare.</summary>
    private List<(JsonObject Object, long ModRevision)> Sample(SnapshotContents contents)
    {
        var names = contents.Names.Where(n => n.StartsWith(_registry, StringComparison.Ordinal) && !Internal.Any(i => n.StartsWith(_registry + i, StringComparison.Ordinal)))
            .GroupBy(ResourceOf)
            .SelectMany(g => random.GetItems(g.ToArray(), ObjectsOfEach).Distinct())
            .Take(MostObjects);
        return [.. contents.ValuesOf(names).Values.Select(v => (Parse(v.Value), v.ModRevision)).Where(v => v.Item1 is not null).Select(v => (v.Item1!, v.ModRevision))];
    }

    /// <summary><c>/registry/pods/default/web</c> → <c>pods</c>; <c>/registry/services/specs/default/web</c> → <c>services/specs</c>.</summary>
    private string ResourceOf(string key)
    {
        var parts = key[_registry.Length..].Split('/');
        return parts.Length > 2 && (parts[0].Contains('.', StringComparison.Ordinal) || parts[0] == "services") ? $"{parts[0]}/{parts[1]}" : parts[0];
    }

    /// <summary>Null for what is no object in JSON, such as what is encrypted.</summary>
    private static JsonObject? Parse(ReadOnlyMemory<byte> value)
    {
        try
        {
            return JsonNode.Parse(value.Span) as JsonObject is { } found && found.ContainsKey("kind") ? found : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
