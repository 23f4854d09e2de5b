namespace Ballast.ControllerManager.GarbageCollection;

/// <summary>Uids that the server has said are gone; a uid never comes back. Remembers the newest; thread-safe.</summary>
internal sealed class AbsentOwners(int capacity)
{
    private readonly Lock _lock = new(); // guards both collections
    private readonly HashSet<string> _uids = [];
    private readonly Queue<string> _order = [];

    public void Add(string uid)
    {
        lock (_lock)
        {
            if (!_uids.Add(uid))
                return;
            _order.Enqueue(uid);
            if (_order.Count > capacity)
                _uids.Remove(_order.Dequeue());
        }
    }

    public bool Contains(string uid)
    {
        lock (_lock)
            return _uids.Contains(uid);
    }
}
