using System.Net;

namespace Ballast.Client;

/// <summary>Tries again what is safe to send again: reads, writes that never left, and whatever the server asks to be sent again.</summary>
internal sealed class RetryHandler(TimeProvider time, Random random, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    private const int MaxAttempts = 6;
    private static readonly TimeSpan LongestRetryAfter = TimeSpan.FromSeconds(10);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancel)
    {
        // An informer restarts its watch itself, from the version it has reached.
        if (request.RequestUri!.Query.Contains("watch=true", StringComparison.Ordinal))
            return await base.SendAsync(request, cancel);
        var backoff = new Backoff(TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(1), random);
        for (var attempt = 1; ; attempt++)
        {
            TimeSpan delay;
            try
            {
                var response = await base.SendAsync(request, cancel);
                if (attempt == MaxAttempts || AskedDelay(response) is not { } asked)
                    return response;
                response.Dispose();
                delay = asked;
            }
            catch (HttpRequestException e) when (attempt < MaxAttempts && IsSafe(request, e))
            {
                delay = backoff.Next();
            }
            await Task.Delay(delay, time, cancel);
        }
    }

    /// <summary>A busy server that says when to come back has not carried the request out.</summary>
    private static TimeSpan? AskedDelay(HttpResponseMessage response) =>
        response.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable
            && response.Headers.RetryAfter?.Delta is { } delay && delay <= LongestRetryAfter ? delay : null;

    private static bool IsSafe(HttpRequestMessage request, HttpRequestException error) =>
        request.Method == HttpMethod.Get
        || error.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError;
}
