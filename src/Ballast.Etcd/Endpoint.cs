using Grpc.Core;
using Grpc.Net.Client;

namespace Ballast.Etcd;

/// <summary>One member's client address, the connection to it, and what calls there have met.</summary>
internal sealed class Endpoint : IDisposable
{
    private readonly GrpcChannel _channel;
    private int _outstanding;
    private volatile bool _failed;

    public Endpoint(Uri address, EtcdOptions options, EtcdTransportSecurity? security)
    {
        Address = address;
        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = options.DialTimeout,
            EnableMultipleHttp2Connections = true,
            // etcd drops clients that ping more often than every 5 s, or without a call on the connection.
            KeepAlivePingDelay = TimeSpan.FromSeconds(6),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(3),
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
        };
        if (security is not null)
            handler.SslOptions = security.ClientOptions();
        // Given as a client, not as a handler: gRPC's own connection management would add a backoff of its own to ours.
        _channel = GrpcChannel.ForAddress(address, new GrpcChannelOptions
        {
            HttpClient = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan },
            DisposeHttpClient = true,
            MaxReceiveMessageSize = null,
            MaxSendMessageSize = null,
        });
        Invoker = _channel.CreateCallInvoker();
    }

    public Uri Address { get; }

    public CallInvoker Invoker { get; }

    /// <summary>Calls under way. A member that hangs gathers them, and so gets no more.</summary>
    public int Outstanding => Volatile.Read(ref _outstanding);

    /// <summary>Whether it failed and no probe has succeeded since.</summary>
    public bool Failed { get => _failed; set => _failed = value; }

    public void Enter() => Interlocked.Increment(ref _outstanding);

    public void Leave() => Interlocked.Decrement(ref _outstanding);

    public void Dispose() => _channel.Dispose();
}
