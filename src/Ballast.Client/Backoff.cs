namespace Ballast.Client;

/// <summary>Delays that double from <paramref name="initial"/> to <paramref name="max"/>, each lengthened by up to half at random. Not thread-safe.</summary>
internal sealed class Backoff(TimeSpan initial, TimeSpan max, Random random)
{
    private int _doublings;

    public TimeSpan Next()
    {
        var delay = initial * Math.Pow(2, _doublings);
        if (delay < max)
            _doublings++;
        return (delay < max ? delay : max) * (1 + random.NextDouble() / 2);
    }

    public void Reset() => _doublings = 0;
}
