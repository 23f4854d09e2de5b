using Ballast.Scheduler.Cache;
using Ballast.Scheduler.Framework;

namespace Ballast.Scheduler.Plugins.ImageLocality;

/// <summary>Prefers nodes that have the pod's images; an image counts less the fewer nodes have it, so that one node does not draw every pod.</summary>
internal sealed class ImageLocalityPlugin : IPreScorePlugin, IScorePlugin
{
    private const long Mebibyte = 1024 * 1024, MinThreshold = 23 * Mebibyte, MaxContainerThreshold = 1000 * Mebibyte;

    public string Name => "ImageLocality";

    public Status? PreScore(CycleState state, PodInfo pod, Snapshot snapshot, IReadOnlyList<NodeInfo> nodes)
    {
        var images = (pod.Pod.Spec.InitContainers ?? []).Concat(pod.Pod.Spec.Containers).Select(c => Normalize(c.Image ?? ""))
            .Select(name => (name, (double)snapshot.ImageSpread.GetValueOrDefault(name) / Math.Max(1, snapshot.Nodes.Count))).ToArray();
        if (images.All(i => i.Item2 == 0)) return Status.Skip;
        state.Write(new Images(images));
        return null;
    }

    public long Score(CycleState state, PodInfo pod, NodeInfo node)
    {
        var images = state.Read<Images>().Spread;
        long sum = 0;
        foreach (var (name, share) in images)
            if (node.Images.TryGetValue(name, out var size))
                sum += (long)(size * share);
        var max = MaxContainerThreshold * images.Length;
        return Scores.Max * (Math.Clamp(sum, MinThreshold, max) - MinThreshold) / (max - MinThreshold);
    }

    // Nodes report names with a tag.
    private static string Normalize(string image) =>
        image.LastIndexOf(':') <= image.LastIndexOf('/') ? image + ":latest" : image;

    private sealed record Images((string Name, double Share)[] Spread) : ICycleData
    {
        public ICycleData Copy() => this;
    }
}
