using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Registry;
using Ballast.ApiServer.Storage;
using Microsoft.Extensions.Logging;

namespace Ballast.ApiServer.Authorization.Node;

internal enum NodeObject
{
    Pod,
    Secret,
    ConfigMap,
    ServiceAccount,
    PersistentVolumeClaim,
    PersistentVolume,
    ResourceClaim,
    VolumeAttachment,
    ResourceSlice,
}

/// <summary>
/// Which nodes have to do with which objects: a node with the pods bound to it, a pod with the objects it names, a claim with its volume, a volume with its
/// secrets. For every object it holds how many ways lead to each node, so that a decision is one lookup, however many pods share a secret.
/// </summary>
internal sealed class NodeGraph
{
    private readonly ObjectFeed[] _feeds;

    // Guards everything below.
    private readonly Lock _lock = new();
    private readonly Dictionary<Vertex, IReadOnlyList<Edge>> _edgesOfSource = [];
    private readonly CountedLinks<string> _nodesOf = new();
    private readonly CountedLinks<Vertex> _claimsOf = new();

    public NodeGraph(IResourceCatalog catalog, TimeProvider time, ILogger log)
    {
        _feeds =
        [
            Feed("", "pods", NodeObject.Pod, NodeGraphEdges.OfPod),
            Feed("", "persistentvolumes", NodeObject.PersistentVolume, NodeGraphEdges.OfVolume),
            Feed("storage.k8s.io", "volumeattachments", NodeObject.VolumeAttachment, NodeGraphEdges.OfNamedNode),
            Feed("resource.k8s.io", "resourceslices", NodeObject.ResourceSlice, NodeGraphEdges.OfNamedNode),
        ];

        ObjectFeed Feed(string group, string resource, NodeObject kind, Func<JsonObject, IReadOnlyList<Edge>> edges) =>
            new(catalog, new GroupResource(group, resource), new Source(this, kind, edges), time, log);
    }

    /// <summary>One object of the graph.</summary>
    internal readonly record struct Vertex(NodeObject Kind, string Namespace, string Name);

    /// <summary>That <paramref name="Object"/> is used on <paramref name="Node"/>, or through the claim <paramref name="Through"/>, wherever that is used.</summary>
    internal readonly record struct Edge(Vertex Object, string Node, Vertex? Through = null);

    public Task RunAsync(CancellationToken cancel) => Task.WhenAll(_feeds.Select(f => f.RunAsync(cancel)));

    public Task Synced => Task.WhenAll(_feeds.Select(f => f.Synced));

    /// <summary>Is there a way from <paramref name="node"/> to the object?</summary>
    public bool Leads(string node, NodeObject kind, string ns, string name)
    {
        var target = new Vertex(kind, ns, name);
        lock (_lock)
            return _nodesOf.Has(target, node) || _claimsOf.Of(target).Any(claim => _nodesOf.Has(claim, node));
    }

    private void Put(Vertex source, IReadOnlyList<Edge> edges)
    {
        lock (_lock)
        {
            Drop(source);
            if (edges.Count == 0)
                return;
            _edgesOfSource[source] = edges;
            foreach (var edge in edges)
            {
                if (edge.Through is { } claim)
                    _claimsOf.Add(edge.Object, claim);
                else
                    _nodesOf.Add(edge.Object, edge.Node);
            }
        }
    }

    // Called with the lock held.
    private void Drop(Vertex source)
    {
        if (!_edgesOfSource.Remove(source, out var edges))
            return;
        foreach (var edge in edges)
        {
            if (edge.Through is { } claim)
                _claimsOf.Remove(edge.Object, claim);
            else
                _nodesOf.Remove(edge.Object, edge.Node);
        }
    }

    /// <summary>What an object is linked to, and how many times over.</summary>
    private sealed class CountedLinks<T>
        where T : notnull
    {
        private readonly Dictionary<Vertex, Dictionary<T, int>> _links = [];

        public bool Has(Vertex from, T to) => _links.TryGetValue(from, out var targets) && targets.ContainsKey(to);

        public IEnumerable<T> Of(Vertex from) => _links.TryGetValue(from, out var targets) ? targets.Keys : [];

        public void Add(Vertex from, T to)
        {
            if (!_links.TryGetValue(from, out var targets))
                _links.Add(from, targets = []);
            targets[to] = targets.GetValueOrDefault(to) + 1;
        }

        public void Remove(Vertex from, T to)
        {
            var targets = _links[from];
            if (--targets[to] == 0 && targets.Remove(to) && targets.Count == 0)
                _ = _links.Remove(from);
        }
    }

    private sealed class Source(NodeGraph graph, NodeObject kind, Func<JsonObject, IReadOnlyList<Edge>> edges) : IFeedConsumer
    {
        public void Replace(IReadOnlyList<StoredObject> objects)
        {
            var fresh = objects.Select(o => (Vertex: VertexOf(o), Edges: edges(o.ToDocument()))).ToArray();
            lock (graph._lock)
            {
                foreach (var known in graph._edgesOfSource.Keys.Where(v => v.Kind == kind).ToArray())
                    graph.Drop(known);
                foreach (var (vertex, found) in fresh)
                    graph.Put(vertex, found);
            }
        }

        public void Set(StoredObject changed) => graph.Put(VertexOf(changed), edges(changed.ToDocument()));

        public void Remove(StoredObject gone) => graph.Put(VertexOf(gone), []);

        private Vertex VertexOf(StoredObject source) => new(kind, source.Attributes.Namespace, source.Attributes.Name);
    }
}
