using System.Net.Sockets;
using Grpc.Core;

namespace Ballast.Etcd;

/// <summary>One gRPC call: how it is made at a member, whether it may be repeated, and what its failures mean.</summary>
internal sealed class Calls(EndpointPool pool, EtcdOptions options, TimeProvider time)
{
    /// <summary>Members without a leader then refuse at once instead of keeping the caller waiting.</summary>
    public static Metadata RequireLeader { get; } = new() { { "hasleader", "true" } };

    private static readonly IReadOnlySet<Endpoint> NoneTried = new HashSet<Endpoint>();

    /// <summary>A read: goes to member after member until one answers.</summary>
    public Task<T> ReadAsync<T>(Func<CallInvoker, CallOptions, AsyncUnaryCall<T>> call, CancellationToken cancel, bool requireLeader = true) =>
        CallAsync(call, options.ReadTimeout, repeatable: true, requireLeader, cancel);

    /// <summary>A write: goes to another member only when it surely was not carried out.</summary>
    public Task<T> WriteAsync<T>(Func<CallInvoker, CallOptions, AsyncUnaryCall<T>> call, CancellationToken cancel) =>
        CallAsync(call, options.WriteTimeout, repeatable: false, requireLeader: true, cancel);

    /// <summary>A call to one member, once.</summary>
    public async Task<T> AtAsync<T>(Uri member, Func<CallInvoker, CallOptions, AsyncUnaryCall<T>> call, TimeSpan timeout, CancellationToken cancel)
    {
        try
        {
            using var pending = call(pool.At(member).Invoker, Options(timeout, requireLeader: false, cancel));
            return await pending.ResponseAsync.ConfigureAwait(false);
        }
        catch (RpcException e)
        {
            cancel.ThrowIfCancellationRequested();
            throw Translate(e, member, WasSent(e) ? EtcdError.Unknown : EtcdError.Unavailable);
        }
    }

    private async Task<T> CallAsync<T>(Func<CallInvoker, CallOptions, AsyncUnaryCall<T>> call, TimeSpan timeout, bool repeatable, bool requireLeader, CancellationToken cancel)
    {
        var started = time.GetTimestamp();
        HashSet<Endpoint>? tried = null;
        while (true)
        {
            var endpoint = pool.Pick(tried ?? NoneTried);
            endpoint.Enter();
            try
            {
                using var pending = call(endpoint.Invoker, Options(timeout, requireLeader, cancel));
                return await pending.ResponseAsync.ConfigureAwait(false);
            }
            catch (RpcException e)
            {
                cancel.ThrowIfCancellationRequested();
                if (!IsMembersFault(e))
                    throw Translate(e, endpoint.Address, EtcdError.Refused);
                if (e.StatusCode != StatusCode.ResourceExhausted)
                    pool.ReportFailure(endpoint);
                if (!repeatable && WasSent(e))
                    throw Translate(e, endpoint.Address, EtcdError.Unknown);
                if (time.GetElapsedTime(started) > options.Patience)
                    throw Translate(e, endpoint.Address, EtcdError.Unavailable);
            }
            finally
            {
                endpoint.Leave();
            }
            tried ??= [];
            if (!tried.Add(endpoint) || tried.Count == pool.Endpoints.Count)
            {
                tried.Clear(); // a whole round failed: an election takes a moment
                await Task.Delay(TimeSpan.FromMilliseconds(200), time, cancel).ConfigureAwait(false);
            }
        }
    }

    private static CallOptions Options(TimeSpan timeout, bool requireLeader, CancellationToken cancel) =>
        new(requireLeader ? RequireLeader : null, DateTime.UtcNow + timeout, cancel);

    /// <summary>Whether another member may well answer where this one did not. (An unhealthy cluster refuses member changes, whoever is asked.)</summary>
    private static bool IsMembersFault(RpcException e) =>
        (e.StatusCode == StatusCode.Unavailable && e.Status.Detail != "etcdserver: unhealthy cluster")
        || e.StatusCode is StatusCode.DeadlineExceeded or StatusCode.Internal or StatusCode.Cancelled or StatusCode.Unknown
        || (e.StatusCode == StatusCode.ResourceExhausted && e.Status.Detail.Contains("too many requests", StringComparison.Ordinal));

    /// <summary>Whether a write may have been carried out in spite of the error.</summary>
    internal static bool WasSent(RpcException e)
    {
        if (e.StatusCode == StatusCode.ResourceExhausted)
            return false;
        // The member says that it has no leader before it proposes anything.
        if (e.StatusCode == StatusCode.Unavailable && e.Status.Detail == "etcdserver: no leader")
            return false;
        return e.Status.DebugException is not HttpRequestException
        {
            HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError,
        } and not SocketException { SocketErrorCode: SocketError.ConnectionRefused };
    }

    internal static EtcdException Translate(RpcException e, Uri member, EtcdError otherwise)
    {
        var detail = e.Status.Detail;
        var error = e.StatusCode switch
        {
            StatusCode.OutOfRange when detail.Contains("compacted", StringComparison.Ordinal) => EtcdError.Compacted,
            StatusCode.OutOfRange when detail.Contains("future revision", StringComparison.Ordinal) => EtcdError.FutureRevision,
            StatusCode.NotFound => EtcdError.NotFound,
            _ => otherwise,
        };
        return new EtcdException(error, $"etcd at {member.Authority}: {(detail.Length > 0 ? detail : e.StatusCode.ToString())}", e);
    }
}
