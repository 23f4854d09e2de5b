using Ballast.Client.Events;
using k8s.Autorest;
using k8s.Models;

namespace Ballast.Client.LeaderElection;

/// <summary>The lock as a <c>coordination.k8s.io/v1</c> Lease.</summary>
/// <param name="client">May be shared with the rest of the component, but must not be guarded by the leadership it is to win.</param>
/// <param name="ns">The Lease's namespace.</param>
/// <param name="name">The Lease's name.</param>
/// <param name="identity">See <see cref="NewIdentity"/>.</param>
/// <param name="events">Where changes of leadership are told; null for nowhere.</param>
public sealed class LeaseLock(ApiClient client, string ns, string name, string identity, IEventRecorder? events = null) : ILeaderLock
{
    private static readonly TimeSpan WatchTimeout = TimeSpan.FromMinutes(5);

    private readonly ResourceClient<V1Lease> _leases = client.Resources<V1Lease>();
    private V1Lease? _last;

    public string Identity => identity;

    public string Description => $"{ns}/{name}";

    /// <summary>
    /// The host's name and a random part, as upstream's components name themselves; or what the supervisor that started this
    /// process chose for it in <c>LEADER_ELECTION_IDENTITY</c>, so that it can release the lease of a process that it saw die.
    /// </summary>
    public static string NewIdentity(string host) =>
        Environment.GetEnvironmentVariable("LEADER_ELECTION_IDENTITY") is { Length: > 0 } given ? given : $"{host}_{Guid.NewGuid()}";

    public async Task<LeaderElectionRecord?> GetAsync(CancellationToken cancel)
    {
        _last = await _leases.FindAsync(ns, name, cancel);
        return _last is null ? null : RecordOf(_last.Spec);
    }

    public async Task CreateAsync(LeaderElectionRecord record, CancellationToken cancel) =>
        _last = await _leases.CreateAsync(
            new V1Lease { Metadata = new() { NamespaceProperty = ns, Name = name }, Spec = SpecOf(record, new()) }, cancel);

    public async Task UpdateAsync(LeaderElectionRecord record, CancellationToken cancel)
    {
        var last = _last ?? throw new InvalidOperationException("get or create the lease before updating it");
        _last = await _leases.UpdateAsync(last with { Spec = SpecOf(record, last.Spec ?? new()) }, cancel);
    }

    public async Task WaitForChangeAsync(CancellationToken cancel)
    {
        try
        {
            if (_last is { } last)
            {
                await foreach (var change in _leases.WatchAsync(ListScope.One(ns, name), last.Metadata.ResourceVersion, WatchTimeout, cancel))
                {
                    if (change.Type != WatchEventType.Bookmark)
                        return;
                }
            }
        }
        catch (Exception e) when (e is HttpOperationException or HttpRequestException or IOException or WatchExpiredException
            or WatchFailedException or System.Text.Json.JsonException)
        {
            // No hint then: the elector's own rhythm goes on.
        }
        await Task.Delay(Timeout.Infinite, cancel);
    }

    public void RecordEvent(string what) => events?.Event(
        _last ?? new V1Lease { ApiVersion = "coordination.k8s.io/v1", Kind = "Lease", Metadata = new() { NamespaceProperty = ns, Name = name } },
        EventType.Normal, "LeaderElection", $"{identity} {what}");

    private static LeaderElectionRecord RecordOf(V1LeaseSpec? spec) => new(
        spec?.HolderIdentity ?? "", spec?.LeaseDurationSeconds ?? 0, spec?.AcquireTime ?? default, spec?.RenewTime ?? default, spec?.LeaseTransitions ?? 0);

    private static V1LeaseSpec SpecOf(LeaderElectionRecord record, V1LeaseSpec spec) => spec with
    {
        HolderIdentity = record.HolderIdentity,
        LeaseDurationSeconds = record.LeaseDurationSeconds,
        AcquireTime = MicroTime(record.AcquireTime),
        RenewTime = MicroTime(record.RenewTime),
        LeaseTransitions = record.LeaderTransitions,
    };

    /// <summary>MicroTime's readers want all six digits; the serializer leaves out a fraction of zero, so none is zero.</summary>
    private static DateTime MicroTime(DateTimeOffset time)
    {
        var utc = time.UtcDateTime;
        var micros = utc.AddTicks(-(utc.Ticks % TimeSpan.TicksPerMicrosecond));
        return micros.Ticks % TimeSpan.TicksPerSecond == 0 ? micros.AddMicroseconds(1) : micros;
    }
}
