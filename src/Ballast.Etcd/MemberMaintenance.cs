using System.Security.Cryptography;
using Etcdserverpb;
using Grpc.Core;

namespace Ballast.Etcd;

/// <param name="ClusterId">Which cluster it belongs to: a restored one has another.</param>
/// <param name="MemberId">Which member answered.</param>
/// <param name="Version">etcd's version.</param>
/// <param name="Leader">The leader's id; 0 where this member knows none.</param>
/// <param name="IsLearner">Whether the member has no vote yet.</param>
/// <param name="Revision">The store's revision at this member.</param>
/// <param name="DatabaseSize">Bytes on disk.</param>
/// <param name="DatabaseSizeInUse">Bytes that would be left after defragmentation.</param>
/// <param name="RaftTerm">Rises with every election.</param>
/// <param name="RaftIndex">The last log entry the member knows to be committed.</param>
/// <param name="RaftAppliedIndex">The last log entry the member has applied.</param>
/// <param name="Errors">Alarms and corruption, in etcd's words.</param>
public sealed record EtcdStatus(ulong ClusterId, ulong MemberId, string Version, ulong Leader, bool IsLearner, long Revision, long DatabaseSize, long DatabaseSizeInUse,
    ulong RaftTerm, ulong RaftIndex, ulong RaftAppliedIndex, IReadOnlyList<string> Errors)
{
    public bool IsLeader => Leader != 0 && Leader == MemberId;
}

/// <param name="MemberId">Who raised it.</param>
/// <param name="Alarm"><c>NOSPACE</c> or <c>CORRUPT</c>.</param>
public sealed record EtcdAlarm(ulong MemberId, string Alarm);

/// <summary>Work on one member, named by its endpoint, which must be one of the client's. Nothing here is repeated at another member.</summary>
public interface IMemberMaintenance
{
    Task<EtcdStatus> StatusAsync(Uri member, CancellationToken cancel);

    /// <summary>Gives free space back to the file system. The member serves nothing meanwhile: one member at a time, the leader last.</summary>
    Task DefragmentAsync(Uri member, CancellationToken cancel);

    Task<IReadOnlyList<EtcdAlarm>> AlarmsAsync(Uri member, CancellationToken cancel);

    /// <summary>Ends every alarm that stands.</summary>
    Task DisarmAsync(Uri member, CancellationToken cancel);

    /// <summary>Hands leadership over; <paramref name="leader"/> must be the leader's endpoint.</summary>
    Task MoveLeaderAsync(Uri leader, ulong target, CancellationToken cancel);

    /// <summary>Writes the member's database, as <c>etcdctl snapshot restore</c> takes it, and returns how many bytes.</summary>
    /// <exception cref="EtcdException"><see cref="EtcdError.Refused"/> where the checksum at its end is not that of what came.</exception>
    Task<long> SnapshotAsync(Uri member, Stream destination, CancellationToken cancel);
}

internal sealed class MaintenanceCalls(Calls calls, EndpointPool pool, EtcdOptions options) : IMemberMaintenance
{
    private static readonly TimeSpan DefragmentTimeout = TimeSpan.FromMinutes(2);

    public async Task<EtcdStatus> StatusAsync(Uri member, CancellationToken cancel)
    {
        var s = await calls.AtAsync(member, (invoker, o) => new Maintenance.MaintenanceClient(invoker).StatusAsync(new StatusRequest(), o), options.ReadTimeout, cancel).ConfigureAwait(false);
        return new EtcdStatus(s.Header.ClusterId, s.Header.MemberId, s.Version, s.Leader, s.IsLearner, s.Header.Revision, s.DbSize, s.DbSizeInUse, s.RaftTerm, s.RaftIndex, s.RaftAppliedIndex, [.. s.Errors]);
    }

    public Task DefragmentAsync(Uri member, CancellationToken cancel) =>
        calls.AtAsync(member, (invoker, o) => new Maintenance.MaintenanceClient(invoker).DefragmentAsync(new DefragmentRequest(), o), DefragmentTimeout, cancel);

    public async Task<IReadOnlyList<EtcdAlarm>> AlarmsAsync(Uri member, CancellationToken cancel)
    {
        var response = await AlarmAsync(member, AlarmRequest.Types.AlarmAction.Get, cancel).ConfigureAwait(false);
        return [.. response.Alarms.Select(a => new EtcdAlarm(a.MemberID, a.Alarm.ToString().ToUpperInvariant()))];
    }

    public async Task DisarmAsync(Uri member, CancellationToken cancel)
    {
        foreach (var alarm in (await AlarmAsync(member, AlarmRequest.Types.AlarmAction.Get, cancel).ConfigureAwait(false)).Alarms)
        {
            var request = new AlarmRequest { Action = AlarmRequest.Types.AlarmAction.Deactivate, MemberID = alarm.MemberID, Alarm = alarm.Alarm };
            await calls.AtAsync(member, (invoker, o) => new Maintenance.MaintenanceClient(invoker).AlarmAsync(request, o), options.WriteTimeout, cancel).ConfigureAwait(false);
        }
    }

    private Task<AlarmResponse> AlarmAsync(Uri member, AlarmRequest.Types.AlarmAction action, CancellationToken cancel) =>
        calls.AtAsync(member, (invoker, o) => new Maintenance.MaintenanceClient(invoker).AlarmAsync(new AlarmRequest { Action = action }, o), options.ReadTimeout, cancel);

    public Task MoveLeaderAsync(Uri leader, ulong target, CancellationToken cancel) =>
        calls.AtAsync(leader, (invoker, o) => new Maintenance.MaintenanceClient(invoker).MoveLeaderAsync(new MoveLeaderRequest { TargetID = target }, o), options.WriteTimeout, cancel);

    public async Task<long> SnapshotAsync(Uri member, Stream destination, CancellationToken cancel)
    {
        try
        {
            using var call = new Maintenance.MaintenanceClient(pool.At(member).Invoker).Snapshot(new SnapshotRequest(), cancellationToken: cancel);
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var tail = new byte[SHA256.HashSizeInBytes]; // what came last: the checksum, once everything has come
            var kept = 0;
            long written = 0;
            await foreach (var part in call.ResponseStream.ReadAllAsync(cancel).ConfigureAwait(false))
            {
                var blob = part.Blob.Memory;
                await destination.WriteAsync(blob, cancel).ConfigureAwait(false);
                written += blob.Length;
                HoldBack(hash, tail, ref kept, blob.Span);
            }
            if (kept < tail.Length || !hash.GetHashAndReset().AsSpan().SequenceEqual(tail))
                throw new EtcdException(EtcdError.Refused, $"etcd at {member.Authority}: the snapshot came incomplete or damaged");
            await destination.FlushAsync(cancel).ConfigureAwait(false);
            return written;
        }
        catch (RpcException e)
        {
            cancel.ThrowIfCancellationRequested();
            throw Calls.Translate(e, member, EtcdError.Unavailable);
        }
    }

    /// <summary>Feeds the hash with all but the last bytes that have come so far.</summary>
    private static void HoldBack(IncrementalHash hash, byte[] tail, ref int kept, ReadOnlySpan<byte> blob)
    {
        var surplus = kept + blob.Length - tail.Length;
        if (surplus > 0)
        {
            var fromTail = Math.Min(surplus, kept);
            hash.AppendData(tail.AsSpan(0, fromTail));
            tail.AsSpan(fromTail, kept - fromTail).CopyTo(tail);
            kept -= fromTail;
            hash.AppendData(blob[..(surplus - fromTail)]);
            blob = blob[(surplus - fromTail)..];
        }
        blob.CopyTo(tail.AsSpan(kept));
        kept += blob.Length;
    }
}
