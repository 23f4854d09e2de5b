using Ballast.Client.LeaderElection;
using Microsoft.Extensions.Logging;

namespace Ballast.LoadBalancer.VirtualAddresses;

/// <summary>
/// Keeps a virtual address on this host while this host is the leader, and off it otherwise. The address is only ever put there for as long as the term still lasts, and the kernel takes it
/// away when that is over: a holder that cannot renew, hangs or was killed has lost it before another may have it.
/// </summary>
internal sealed class VirtualAddressHolder(VirtualAddress vip, IInterface link, ILeaderLock leaderLock, TimeProvider time, ILogger<VirtualAddressHolder> log)
{
    /// <summary>
    /// Faster than components elect, for all clients wait. Two seconds lie between the end of a term and the earliest start of the next: one for the kernel, which counts whole seconds,
    /// and one for <c>ip</c>.
    /// </summary>
    public static LeaderElectionOptions Options { get; } = new(TimeSpan.FromSeconds(6), TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(1));

    private static readonly TimeSpan KeepEvery = TimeSpan.FromMilliseconds(500);

    /// <summary>Who missed the announcement hears of it again.</summary>
    private static readonly TimeSpan AnnounceEvery = TimeSpan.FromSeconds(30);

    /// <summary>At the beginning it is told more often: a frame may get lost.</summary>
    private const int FirstAnnouncements = 5;

    /// <returns>How the last term ended: stopped, or still acting, and then this process must end.</returns>
    public async Task<LeadershipEnd> RunAsync(CancellationToken cancel)
    {
        // What a predecessor left.
        await RemoveAsync(cancel);
        while (true)
        {
            var elector = new LeaderElector(leaderLock, Options, vip.LeaseName, time, Random.Shared, log);
            var end = await elector.RunAsync(term => HoldAsync(elector, term), cancel);
            if (end != LeadershipEnd.Lost || cancel.IsCancellationRequested)
                return end;
        }
    }

    private async Task HoldAsync(LeaderElector elector, CancellationToken term)
    {
        var announced = 0;
        var announcedAt = time.GetTimestamp();
        try
        {
            while (true)
            {
                // A second is the least that the kernel counts. With less left the address goes; a renewal that comes late brings it back.
                if (elector.MayActFor is var left && left >= TimeSpan.FromSeconds(1) && await KeepAsync(left, term)
                    && (announced < FirstAnnouncements || time.GetElapsedTime(announcedAt) >= AnnounceEvery))
                {
                    link.Announce();
                    announcedAt = time.GetTimestamp();
                    if (announced++ == 0)
                        log.LogInformation("{Address} is on {Interface} of this host now", vip, vip.Interface);
                }
                await Task.Delay(KeepEvery, time, term);
            }
        }
        catch (OperationCanceledException) when (term.IsCancellationRequested)
        {
            // The term is over.
        }
        finally
        {
            await RemoveAsync(CancellationToken.None);
            log.LogInformation("{Address} is off {Interface} of this host", vip, vip.Interface);
        }
    }

    private async Task<bool> KeepAsync(TimeSpan left, CancellationToken term)
    {
        try
        {
            await link.KeepAsync(left, term);
            return true;
        }
        catch (TimeoutException slow)
        {
            log.LogWarning("{Address} could not be kept: {Reason}", vip, slow.Message);
            return false;
        }
    }

    /// <summary>Until it is done: the lease is let go only then.</summary>
    private async Task RemoveAsync(CancellationToken cancel)
    {
        while (true)
        {
            try
            {
                await link.RemoveAsync(cancel);
                return;
            }
            catch (TimeoutException slow)
            {
                log.LogWarning("{Address} could not be taken away, trying again: {Reason}", vip, slow.Message);
            }
        }
    }
}
