using System.Runtime.CompilerServices;
using Etcdserverpb;
using Grpc.Core;
using Mvccpb;

namespace Ballast.Etcd;

internal sealed class WatchCalls(EndpointPool pool, EtcdOptions options, TimeProvider time) : IWatches
{
    private static readonly TimeSpan RoundPause = TimeSpan.FromMilliseconds(200);

    public async IAsyncEnumerable<EtcdEventBatch> WatchAsync(KeyRange range, long startRevision, bool withPrevious, [EnumeratorCancellation] CancellationToken cancel)
    {
        var next = startRevision;
        var tried = new HashSet<Endpoint>();
        while (true)
        {
            cancel.ThrowIfCancellationRequested();
            var endpoint = pool.Pick(tried);
            var stream = new WatchStream(endpoint, options.WatchHeartbeat, time, cancel);
            try
            {
                stream.Open(range, next, withPrevious);
                while (await stream.ReadAsync().ConfigureAwait(false) is { } batch)
                {
                    tried.Clear();
                    next = batch.Revision + 1;
                    yield return batch;
                }
            }
            finally
            {
                await stream.DisposeAsync().ConfigureAwait(false);
            }
            pool.ReportFailure(endpoint);
            if (!tried.Add(endpoint) || tried.Count == pool.Endpoints.Count)
            {
                tried.Clear();
                await Task.Delay(RoundPause, time, cancel).ConfigureAwait(false);
            }
        }
    }

    /// <summary>A watch at one member, until that member fails.</summary>
    private sealed class WatchStream : IAsyncDisposable
    {
        private readonly Endpoint _endpoint;
        private readonly CancellationToken _cancel;
        private readonly CancellationTokenSource _stop;
        private readonly AsyncDuplexStreamingCall<WatchRequest, WatchResponse> _call;
        private readonly List<EtcdEvent> _fragments = [];
        private readonly TimeSpan _heartbeat;
        private readonly TimeProvider _time;
        private Task _heart = Task.CompletedTask;
        private long _lastHeard;

        public WatchStream(Endpoint endpoint, TimeSpan heartbeat, TimeProvider time, CancellationToken cancel)
        {
            _endpoint = endpoint;
            _heartbeat = heartbeat;
            _time = time;
            _cancel = cancel;
            _stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            _endpoint.Enter();
            _call = new Watch.WatchClient(endpoint.Invoker).Watch(Calls.RequireLeader, cancellationToken: _stop.Token);
        }

        public void Open(KeyRange range, long startRevision, bool withPrevious)
        {
            var create = new WatchCreateRequest
            {
                Key = KeyValueCalls.Text(range.Start),
                RangeEnd = KeyValueCalls.Text(range.End),
                StartRevision = startRevision,
                PrevKv = withPrevious,
                Fragment = true,
            };
            _lastHeard = _time.GetTimestamp();
            _heart = BeatAsync(new WatchRequest { CreateRequest = create });
        }

        /// <summary>The next whole revisions; null when this member cannot go on.</summary>
        public async Task<EtcdEventBatch?> ReadAsync()
        {
            // A reader that was busy with the last batch is no silence of the member's.
            Volatile.Write(ref _lastHeard, _time.GetTimestamp());
            try
            {
                while (await _call.ResponseStream.MoveNext(_stop.Token).ConfigureAwait(false))
                {
                    Volatile.Write(ref _lastHeard, _time.GetTimestamp());
                    var response = _call.ResponseStream.Current;
                    if (response.CompactRevision > 0)
                        throw new EtcdException(EtcdError.Compacted, "etcd: mvcc: required revision has been compacted") { CompactRevision = response.CompactRevision };
                    if (response.Canceled)
                        return null;
                    foreach (var change in response.Events)
                        _fragments.Add(From(change));
                    if (response.Fragment || _fragments.Count == 0)
                        continue;
                    EtcdEvent[] events = [.. _fragments];
                    _fragments.Clear();
                    return new EtcdEventBatch(events, events[^1].KeyValue.ModRevision);
                }
                return null;
            }
            catch (Exception e) when (IsMembersEnd(e))
            {
                _cancel.ThrowIfCancellationRequested();
                return null;
            }
        }

        /// <summary>
        /// Starts the watch, then asks for a sign of life whenever the member has been silent for a while: HTTP/2 pings alone would take
        /// etcd's minimum of 5 s to find a member that hangs. Ends the stream when no sign comes.
        /// </summary>
        private async Task BeatAsync(WatchRequest create)
        {
            try
            {
                await SendAsync(create).ConfigureAwait(false);
                var asked = false;
                while (true)
                {
                    var silent = _time.GetElapsedTime(Volatile.Read(ref _lastHeard));
                    if (silent < _heartbeat)
                        asked = false;
                    else if (!asked)
                    {
                        asked = true;
                        await SendAsync(new WatchRequest { ProgressRequest = new WatchProgressRequest() }).ConfigureAwait(false);
                    }
                    else if (silent >= 2 * _heartbeat)
                        break;
                    var wait = (asked ? 2 * _heartbeat : _heartbeat) - silent;
                    await Task.Delay(wait > TimeSpan.Zero ? wait : _heartbeat / 10, _time, _stop.Token).ConfigureAwait(false);
                }
                await _stop.CancelAsync().ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                await _stop.CancelAsync().ConfigureAwait(false);
            }
            catch (Exception e) when (IsMembersEnd(e) || e is InvalidOperationException)
            {
                // the call is over; the reader sees it too
            }
        }

        /// <exception cref="TimeoutException">The member does not take it.</exception>
        private Task SendAsync(WatchRequest request) => _call.RequestStream.WriteAsync(request, _stop.Token).WaitAsync(2 * _heartbeat, _time, _stop.Token);

        /// <summary>gRPC's own error, or what the connection below it says where gRPC passes that on: a ping that was not answered, a reset.</summary>
        private static bool IsMembersEnd(Exception e) => e is RpcException or IOException or HttpRequestException or OperationCanceledException or ObjectDisposedException;

        private static EtcdEvent From(Event change) =>
            new(change.Type == Event.Types.EventType.Delete, KeyValueCalls.From(change.Kv), change.PrevKv is null ? null : KeyValueCalls.From(change.PrevKv));

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync().ConfigureAwait(false);
            _call.Dispose();
            await _heart.ConfigureAwait(false);
            _stop.Dispose();
            _endpoint.Leave();
        }
    }
}
