using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Authentication;
using Ballast.ApiServer.Endpoints;

namespace Ballast.ApiServer.Server;

/// <summary>
/// Bounds the requests that are worked on at once, reads and writes apart, so that a flood of one leaves room for the other. Long-running requests take no place, and
/// cluster administrators always get one.
/// </summary>
/// <param name="maxReads">0 for no limit.</param>
/// <param name="maxWrites">0 for no limit.</param>
public sealed class InFlightLimits(int maxReads, int maxWrites)
{
    private int _reads;
    private int _writes;

    /// <summary>Takes a place, given back by disposing.</summary>
    /// <exception cref="StatusException">TooManyRequests: there is none.</exception>
    public Place Enter(ApiRequest request)
    {
        if (request.Info.IsLongRunning)
            return default;
        var isRead = request.Info.IsReadOnly;
        ref var count = ref isRead ? ref _reads : ref _writes;
        var now = Interlocked.Increment(ref count);
        var place = new Place(this, isRead);
        RequestMetrics.InFlight(isRead).Set(now);
        var limit = isRead ? maxReads : maxWrites;
        if (limit == 0 || now <= limit || IsExempt(request.User))
            return place;
        place.Dispose();
        RequestMetrics.Dropped(isRead).Inc();
        throw StatusException.TooManyRequests("Too many requests, please try again later.", 1);
    }

    private static bool IsExempt(UserInfo user) => user.Groups.Contains("system:masters");

    public readonly struct Place(InFlightLimits limits, bool isRead) : IDisposable
    {
        public void Dispose()
        {
            if (limits is null)
                return;
            var now = Interlocked.Decrement(ref isRead ? ref limits._reads : ref limits._writes);
            RequestMetrics.InFlight(isRead).Set(now);
        }
    }
}
