namespace Ballast.ApiServer.Storage.Caching;

/// <summary>
/// The last changes of one resource, for watches that start in the past. Holds those of the last <see cref="Kept"/>, but never fewer than
/// <see cref="Fewest"/>, and beyond those never more than <see cref="MostBytes"/>. Guarded by its owner.
/// </summary>
internal sealed class EventWindow(TimeProvider time)
{
    public const int Fewest = 100;
    private const long MostBytes = 12 << 20;
    private static readonly TimeSpan Kept = TimeSpan.FromSeconds(75);

    private Entry[] _ring = new Entry[Fewest];
    private int _first;
    private int _count;
    private long _bytes;

    /// <summary>Changes after this revision are all here.</summary>
    public long Floor { get; private set; }

    public int Capacity => _ring.Length;

    /// <summary>Empty, from <paramref name="floor"/> on.</summary>
    public void Restart(long floor)
    {
        _ring = new Entry[Fewest];
        _first = 0;
        _count = 0;
        _bytes = 0;
        Floor = floor;
    }

    public void Add(Change change)
    {
        var now = time.GetTimestamp();
        while (_count >= Fewest && (_bytes > MostBytes || time.GetElapsedTime(_ring[_first].At, now) > Kept))
            DropOldest();
        if (_count == _ring.Length)
            Grow();
        _ring[(_first + _count) % _ring.Length] = new Entry(change, now);
        _count++;
        _bytes += change.Object.Json.Length;
    }

    /// <summary>The changes after <paramref name="version"/>, which must not be below <see cref="Floor"/>.</summary>
    public Change[] After(long version)
    {
        int low = 0, high = _count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (At(middle).Version <= version)
                low = middle + 1;
            else
                high = middle;
        }
        var changes = new Change[_count - low];
        for (var i = 0; i < changes.Length; i++)
            changes[i] = At(low + i);
        return changes;
    }

    private Change At(int index) => _ring[(_first + index) % _ring.Length].Change;

    /// <summary>Whole revisions only: half a transaction would be a gap.</summary>
    private void DropOldest()
    {
        Floor = _ring[_first].Change.Version;
        while (_count > 0 && _ring[_first].Change.Version == Floor)
        {
            _bytes -= _ring[_first].Change.Object.Json.Length;
            _ring[_first] = default;
            _first = (_first + 1) % _ring.Length;
            _count--;
        }
    }

    private void Grow()
    {
        var ring = new Entry[_ring.Length * 2];
        for (var i = 0; i < _count; i++)
            ring[i] = _ring[(_first + i) % _ring.Length];
        _ring = ring;
        _first = 0;
    }

    private readonly record struct Entry(Change Change, long At);
}
