namespace Ballast.Client;

/// <summary>Refuses to send a write while it may not be made. Sits in front of the retries: nothing slips out late.</summary>
internal sealed class WriteGuardHandler(Func<bool> mayWrite, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancel) =>
        request.Method == HttpMethod.Get || mayWrite()
            ? base.SendAsync(request, cancel)
            : throw new HttpRequestException("not the leader any more: the request was not sent");
}
