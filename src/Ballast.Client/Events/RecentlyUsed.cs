namespace Ballast.Client.Events;

/// <summary>A dictionary that forgets what was not used for the longest time. Not thread-safe.</summary>
internal sealed class RecentlyUsed<TKey, TValue>(int capacity) where TKey : notnull
{
    private readonly Dictionary<TKey, LinkedListNode<(TKey Key, TValue Value)>> _nodes = [];
    private readonly LinkedList<(TKey Key, TValue Value)> _order = [];

    public TValue GetOrAdd(TKey key, Func<TKey, TValue> make)
    {
        if (_nodes.TryGetValue(key, out var node))
        {
            _order.Remove(node);
            _order.AddFirst(node);
            return node.Value.Value;
        }
        if (_nodes.Count == capacity)
        {
            _nodes.Remove(_order.Last!.Value.Key);
            _order.RemoveLast();
        }
        var value = make(key);
        _nodes[key] = _order.AddFirst((key, value));
        return value;
    }
}
