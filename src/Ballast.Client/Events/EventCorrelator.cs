using k8s.Models;

namespace Ballast.Client.Events;

/// <summary>Everything about an event but its message: what makes two events alike.</summary>
internal readonly record struct EventKind(string ApiVersion, string Kind, string Namespace, string Name, string Uid, string FieldPath, string Type, string Reason)
{
    public static EventKind Of(V1ObjectReference about, string type, string reason) => new(
        about.ApiVersion ?? "", about.Kind ?? "", about.NamespaceProperty ?? "", about.Name ?? "", about.Uid ?? "", about.FieldPath ?? "", type, reason);

    public (string, string, string) Subject => (Namespace, Name, Uid);
}

/// <summary>An event object that stands for all repetitions of one message.</summary>
internal sealed class EventSeries(string name, DateTimeOffset first)
{
    public string Name { get; set; } = name;

    public DateTimeOffset First { get; } = first;

    public int Count { get; set; }

    /// <summary>True once the object was made; repetitions then only raise its count.</summary>
    public bool Exists { get; set; }
}

/// <summary>
/// client-go's rules against floods: a message that repeats raises a count; more than ten different messages of one kind within
/// ten minutes become one; an object gets a burst of 25 events, then one in five minutes. Not thread-safe.
/// </summary>
internal sealed class EventCorrelator(TimeProvider time)
{
    private const int MaxSimilar = 10;
    private const int MaxRemembered = 4096;
    private const double Burst = 25;
    private static readonly TimeSpan SimilarWithin = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan RefillEvery = TimeSpan.FromMinutes(5);

    private readonly RecentlyUsed<(EventKind, string), EventSeries> _series = new(MaxRemembered);
    private readonly RecentlyUsed<EventKind, Similar> _similar = new(MaxRemembered);
    private readonly RecentlyUsed<(string, string, string), Bucket> _buckets = new(MaxRemembered);
    private long _lastName;

    /// <returns>The series to raise, and the message to show; null where the event is to be dropped.</returns>
    public (EventSeries Series, string Message)? Correlate(EventKind kind, string message)
    {
        var now = time.GetTimestamp();
        var similar = _similar.GetOrAdd(kind, _ => new());
        if (time.GetElapsedTime(similar.Last, now) > SimilarWithin)
            similar.Messages.Clear();
        similar.Last = now;
        if (similar.Messages.Count <= MaxSimilar)
            similar.Messages.Add(message);
        var combined = similar.Messages.Count > MaxSimilar;
        var shown = combined ? $"(combined from similar events): {message}" : message;
        var series = _series.GetOrAdd((kind, combined ? "" : message), _ => new(NextName(kind), time.GetUtcNow()));
        series.Count++;
        return _buckets.GetOrAdd(kind.Subject, _ => new(now)).TryTake(time, now) ? (series, shown) : null;
    }

    /// <summary>The object's name and the time in nanoseconds, as upstream names events; never the same twice.</summary>
    public string NextName(EventKind kind)
    {
        _lastName = Math.Max(_lastName + 1, (time.GetUtcNow().UtcDateTime - DateTime.UnixEpoch).Ticks * 100);
        return $"{kind.Name}.{_lastName:x}";
    }

    private sealed class Similar
    {
        public long Last { get; set; }

        public HashSet<string> Messages { get; } = [];
    }

    private sealed class Bucket(long now)
    {
        private double _tokens = Burst;
        private long _filled = now;

        public bool TryTake(TimeProvider time, long now)
        {
            _tokens = Math.Min(Burst, _tokens + time.GetElapsedTime(_filled, now) / RefillEvery);
            _filled = now;
            if (_tokens < 1)
                return false;
            _tokens--;
            return true;
        }
    }
}
