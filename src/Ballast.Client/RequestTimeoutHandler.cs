namespace Ballast.Client;

/// <summary>Bounds how long an answer's head may take. Its body is bounded by the connection's pings.</summary>
internal sealed class RequestTimeoutHandler(TimeProvider time, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancel)
    {
        using var limit = new CancellationTokenSource(Limit, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancel, limit.Token);
        try
        {
            return await base.SendAsync(request, both.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancel.IsCancellationRequested)
        {
            throw new HttpRequestException(HttpRequestError.Unknown, $"no answer from {request.RequestUri!.Authority} within {Limit.TotalSeconds} s");
        }
    }
}
