namespace Ballast.Kubelet.Pods;

/// <summary>
/// How long a container that ended must wait before it starts again: not at all the first time, then 1 s, doubling to 1 minute; forgotten
/// after 10 quiet minutes. These are the times of KEP-4603, not the older 10 s and 5 minutes: a control plane whose components are killed
/// twice is needed again sooner than that. One for each pod; not safe for concurrent use.
/// </summary>
internal sealed class Backoff(TimeProvider time)
{
    private static readonly TimeSpan Initial = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Maximum = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan ForgottenAfter = TimeSpan.FromMinutes(10);

    private readonly Dictionary<string, (TimeSpan Delay, DateTimeOffset Updated)> _delays = [];

    /// <summary>What is left to wait for a container that ended at <paramref name="finished"/>, with the whole delay; null when it may start.</summary>
    public (TimeSpan Left, TimeSpan Delay)? Remaining(string container, DateTimeOffset finished)
    {
        if (!_delays.TryGetValue(container, out var entry) || finished - entry.Updated > ForgottenAfter)
            return null;
        var left = finished + entry.Delay - time.GetUtcNow();
        return left > TimeSpan.Zero ? (left, entry.Delay) : null;
    }

    /// <summary>Notes that the container, which ended at <paramref name="finished"/>, is started again now.</summary>
    public void Next(string container, DateTimeOffset finished)
    {
        var delay = _delays.TryGetValue(container, out var entry) && finished - entry.Updated <= ForgottenAfter
            ? TimeSpan.FromTicks(Math.Min(entry.Delay.Ticks * 2, Maximum.Ticks))
            : Initial;
        _delays[container] = (delay, time.GetUtcNow());
    }
}
