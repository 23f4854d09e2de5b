using Ballast.Admin.Clusters;
using Ballast.Admin.Phases;
using Ballast.Etcd;

namespace Ballast.Admin.EtcdQuorum;

/// <summary>What keeps a store small and writable.</summary>
public sealed class EtcdUpkeep(EtcdClient etcd, TimeProvider time)
{
    private readonly EtcdMembership _membership = new(etcd, time);

    /// <summary>
    /// Gives free space back to the file system, one member after the other and the leader last: a member serves nothing meanwhile. Stops at the first that is not
    /// healthy again afterwards.
    /// </summary>
    /// <exception cref="ClusterException">A member is not healthy: none more may be made busy.</exception>
    public async Task DefragmentAsync(ISteps steps, CancellationToken cancel)
    {
        foreach (var member in (await HealthyAsync("before the first", cancel)).OrderBy(m => m.Leader))
        {
            await steps.RunAsync($"Defragment {member.Called}{(member.Leader ? " (leader)" : "")}", async token =>
            {
                await etcd.Maintenance.DefragmentAsync(new Uri(member.ClientUrl), token);
                var after = (await HealthyAsync($"after {member.Called}", token)).Single(m => m.Id == member.Id);
                return $"{member.DatabaseBytes >> 10}Ki before, {after.DatabaseBytes >> 10}Ki after";
            }, cancel);
        }
    }

    /// <summary>Forgets every revision before the given one, or before the present one.</summary>
    /// <returns>The revision compacted to.</returns>
    public async Task<long> CompactAsync(long? revision, CancellationToken cancel)
    {
        var to = revision ?? await etcd.KeyValues.CurrentRevisionAsync(cancel);
        try
        {
            await etcd.KeyValues.CompactAsync(to, cancel);
        }
        catch (EtcdException done) when (done.Error == EtcdError.Compacted)
        {
            // Somebody was there first: what was asked for is so.
        }
        catch (EtcdException ahead) when (ahead.Error == EtcdError.FutureRevision)
        {
            throw new ClusterException($"revision {to} has not been reached yet: the store is at {await etcd.KeyValues.CurrentRevisionAsync(cancel)}", 2);
        }
        return to;
    }

    /// <summary>Every alarm that stands, by the member that raised it.</summary>
    public async Task<IReadOnlyList<(MemberStatus Member, string Alarm)>> AlarmsAsync(CancellationToken cancel)
    {
        var members = await _membership.ListAsync(cancel);
        var alarms = await etcd.Maintenance.AlarmsAsync(AnyHealthy(members), cancel);
        return [.. alarms.Select(a => (members.First(m => m.Id == EtcdMembership.Text(a.MemberId)), a.Alarm))];
    }

    /// <summary>Ends every alarm. One whose cause is still there comes back.</summary>
    public async Task DisarmAsync(CancellationToken cancel) => await etcd.Maintenance.DisarmAsync(AnyHealthy(await _membership.ListAsync(cancel)), cancel);

    private static Uri AnyHealthy(IReadOnlyList<MemberStatus> members) =>
        members.FirstOrDefault(m => m.Healthy) is { } healthy ? new Uri(healthy.ClientUrl) : throw new ClusterException("no etcd member is healthy") { Hint = "ballast etcd health" };

    private async Task<IReadOnlyList<MemberStatus>> HealthyAsync(string when, CancellationToken cancel)
    {
        var members = await _membership.ListAsync(cancel);
        return members.FirstOrDefault(m => !m.Healthy) is { } sick
            ? throw new ClusterException($"{when}: {sick.Called} is not healthy ({sick.Error}); no further member was touched") { Hint = "mend it first: ballast etcd health" }
            : members;
    }
}
