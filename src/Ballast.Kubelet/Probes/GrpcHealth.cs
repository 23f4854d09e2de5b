using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;

namespace Ballast.Kubelet.Probes;

/// <summary>The one call of grpc.health.v1 that a probe makes; two fields do not need generated code.</summary>
internal static class GrpcHealth
{
    private const int Serving = 1;

    private static readonly string[] Statuses = ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"];

    private static readonly Method<string, Answer> Check = new(
        MethodType.Unary, "grpc.health.v1.Health", "Check",
        Marshallers.Create<string>(WriteRequest, _ => throw new NotSupportedException()),
        Marshallers.Create<Answer>(_ => throw new NotSupportedException(), ReadResponse));

    /// <summary>Null where <paramref name="service"/> is SERVING.</summary>
    public static async Task<string?> CheckAsync(string host, int port, string service, CancellationToken cancellation)
    {
        var address = host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host;
        using var channel = GrpcChannel.ForAddress($"http://{address}:{port}");
        try
        {
            using var call = channel.CreateCallInvoker().AsyncUnaryCall(Check, null, new CallOptions(cancellationToken: cancellation), service);
            var status = (await call).Status;
            return status == Serving ? null : $"service unhealthy (responded with \"{(status < Statuses.Length ? Statuses[status] : status)}\")";
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.Unimplemented)
        {
            return "error: this server does not implement the grpc health protocol (grpc.health.v1.Health)";
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.Cancelled)
        {
            throw new OperationCanceledException(e.Message, e, cancellation);
        }
        catch (RpcException e)
        {
            return $"error: health rpc probe failed: {e.Status.Detail}";
        }
    }

    private static byte[] WriteRequest(string service)
    {
        if (service.Length == 0)
            return [];
        using var bytes = new MemoryStream();
        using var output = new CodedOutputStream(bytes);
        output.WriteTag(1, WireFormat.WireType.LengthDelimited);
        output.WriteString(service);
        output.Flush();
        return bytes.ToArray();
    }

    private sealed record Answer(int Status);

    private static Answer ReadResponse(byte[] bytes)
    {
        using var input = new CodedInputStream(bytes);
        var status = 0;
        while (input.ReadTag() is > 0 and var tag)
        {
            if (WireFormat.GetTagFieldNumber(tag) == 1)
                status = input.ReadEnum();
            else
                input.SkipLastField();
        }
        return new(status);
    }
}
