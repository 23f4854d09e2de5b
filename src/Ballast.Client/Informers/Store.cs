using k8s;
using k8s.Models;

namespace Ballast.Client.Informers;

/// <summary>
/// The objects of one kind, as last seen, with indexes over them. Readers may be on any thread; one writer.
/// Objects are shared: whoever wants to change one makes a copy (<c>with { … }</c>).
/// </summary>
public sealed class Store<T> where T : class, IKubernetesObject<V1ObjectMeta>
{
    private readonly Lock _lock = new(); // guards the items and every index's buckets; held for dictionary work only
    private readonly Dictionary<ObjectKey, T> _items = [];
    private readonly Dictionary<string, Index> _indexes = [];
    private readonly Index _byNamespace;

    internal Store() => _byNamespace = (Index)AddIndex("namespace", item => [item.Metadata.NamespaceProperty ?? ""]);

    public int Count
    {
        get
        {
            lock (_lock)
                return _items.Count;
        }
    }

    public T? Get(ObjectKey key)
    {
        lock (_lock)
            return _items.GetValueOrDefault(key);
    }

    public T? Get(string ns, string name) => Get(new ObjectKey(ns, name));

    public IReadOnlyList<T> List()
    {
        lock (_lock)
            return [.. _items.Values];
    }

    public IReadOnlyList<T> InNamespace(string ns) => _byNamespace[ns];

    /// <summary>
    /// Groups the objects by the values that <paramref name="values"/> gives for each. An index of the same name is made once:
    /// controllers that share an informer share it.
    /// </summary>
    public IIndex<T> AddIndex(string name, Func<T, IEnumerable<string>> values)
    {
        lock (_lock)
        {
            if (_indexes.TryGetValue(name, out var known))
                return known;
            var index = new Index(_lock, values);
            foreach (var (key, item) in _items)
                index.Put(key, null, item);
            _indexes[name] = index;
            return index;
        }
    }

    /// <returns>What stood there before.</returns>
    internal T? Set(T item)
    {
        var key = ObjectKey.Of(item);
        lock (_lock)
        {
            var old = _items.GetValueOrDefault(key);
            _items[key] = item;
            foreach (var index in _indexes.Values)
                index.Put(key, old, item);
            return old;
        }
    }

    /// <returns>What stood there; null where nothing did.</returns>
    internal T? Remove(ObjectKey key)
    {
        lock (_lock)
        {
            if (!_items.Remove(key, out var old))
                return null;
            foreach (var index in _indexes.Values)
                index.Put(key, old, null);
            return old;
        }
    }

    private sealed class Index(Lock storeLock, Func<T, IEnumerable<string>> values) : IIndex<T>
    {
        private readonly Dictionary<string, Dictionary<ObjectKey, T>> _buckets = [];

        public IReadOnlyList<T> this[string value]
        {
            get
            {
                lock (storeLock)
                    return _buckets.TryGetValue(value, out var bucket) ? [.. bucket.Values] : [];
            }
        }

        public int Count(string value)
        {
            lock (storeLock)
                return _buckets.TryGetValue(value, out var bucket) ? bucket.Count : 0;
        }

        public void Put(ObjectKey key, T? old, T? now)
        {
            if (old is not null)
            {
                foreach (var value in values(old))
                {
                    if (_buckets.TryGetValue(value, out var bucket) && bucket.Remove(key) && bucket.Count == 0)
                        _buckets.Remove(value);
                }
            }
            if (now is null)
                return;
            foreach (var value in values(now))
            {
                if (!_buckets.TryGetValue(value, out var bucket))
                    _buckets[value] = bucket = [];
                bucket[key] = now;
            }
        }
    }
}
