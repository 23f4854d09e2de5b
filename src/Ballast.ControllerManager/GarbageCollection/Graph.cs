using k8s.Models;

namespace Ballast.ControllerManager.GarbageCollection;

/// <summary>
/// Who owns whom, as the watches tell it. Every change says what must be looked at; whether anything is deleted is decided later,
/// on what the server says then. Thread-safe.
/// </summary>
/// <param name="delete">An object that may have to go.</param>
/// <param name="orphan">An object whose dependents are to be let go of.</param>
internal sealed class Graph(Action<Node> delete, Action<Node> orphan)
{
    private readonly Lock _lock = new(); // guards the nodes and their fields
    private readonly Dictionary<string, Node> _nodes = [];

    /// <summary>The object was seen.</summary>
    public void Observe(Identity identity, V1ObjectMeta metadata)
    {
        lock (_lock)
        {
            if (!_nodes.TryGetValue(identity.Uid, out var node) || (node.IsVirtual && node.Identity != identity))
                node = Replace(identity, node);
            node.IsVirtual = false;
            SetOwners(node, metadata.OwnerReferences ?? []);
            NoteDeletion(node, metadata);
        }
    }

    /// <summary>The object is gone: its dependents may have to follow, and owners that waited for it may go on.</summary>
    public void Forget(string uid)
    {
        lock (_lock)
        {
            if (!_nodes.Remove(uid, out var node))
                return;
            foreach (var dependent in node.Dependents)
                delete(dependent);
            foreach (var owner in OwnersOf(node))
            {
                owner.Dependents.Remove(node);
                if (owner.IsDeletingDependents)
                    delete(owner);
            }
        }
    }

    public bool Contains(string uid)
    {
        lock (_lock)
            return _nodes.ContainsKey(uid);
    }

    public IReadOnlyList<Node> DependentsOf(Node node)
    {
        lock (_lock)
            return [.. node.Dependents];
    }

    /// <summary>The dependents without which the object's deletion is not complete.</summary>
    public IReadOnlyList<Node> BlockingDependentsOf(Node node)
    {
        lock (_lock)
            return [.. node.Dependents.Where(d => d.Owners.Any(o => o.Uid == node.Identity.Uid && o.BlockOwnerDeletion == true))];
    }

    private Node Replace(Identity identity, Node? known)
    {
        var node = new Node(identity);
        if (known is not null)
            node.Dependents.UnionWith(known.Dependents);
        return _nodes[identity.Uid] = node;
    }

    private void SetOwners(Node node, IList<V1OwnerReference> owners)
    {
        var before = node.Owners;
        node.Owners = owners;
        foreach (var gone in before.Where(o => owners.All(n => n.Uid != o.Uid)))
        {
            if (_nodes.TryGetValue(gone.Uid, out var owner) && owner.Dependents.Remove(node) && owner.IsDeletingDependents)
                delete(owner);
        }
        foreach (var reference in owners)
        {
            if (!_nodes.TryGetValue(reference.Uid, out var owner))
            {
                // Not seen yet, or never: the server knows.
                owner = new Node(new(reference.ApiVersion, reference.Kind, node.Identity.Namespace, reference.Name, reference.Uid)) { IsVirtual = true };
                _nodes[reference.Uid] = owner;
                delete(owner);
            }
            owner.Dependents.Add(node);
            var was = before.FirstOrDefault(o => o.Uid == reference.Uid);
            if (was?.BlockOwnerDeletion == true && reference.BlockOwnerDeletion != true && owner.IsDeletingDependents)
                delete(owner);
        }
    }

    private void NoteDeletion(Node node, V1ObjectMeta metadata)
    {
        if (metadata.DeletionTimestamp is null)
            return;
        node.IsBeingDeleted = true;
        if (metadata.Has(PropagationFinalizers.Orphan))
            orphan(node);
        else if (metadata.Has(PropagationFinalizers.Foreground))
        {
            node.IsDeletingDependents = true;
            foreach (var dependent in node.Dependents)
                delete(dependent);
            delete(node);
        }
    }

    private IEnumerable<Node> OwnersOf(Node node)
    {
        foreach (var reference in node.Owners)
        {
            if (_nodes.TryGetValue(reference.Uid, out var owner))
                yield return owner;
        }
    }
}
