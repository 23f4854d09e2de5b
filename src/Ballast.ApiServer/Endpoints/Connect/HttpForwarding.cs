using System.Net;
using Ballast.ApiMachinery.Objects;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Ballast.ApiServer.Endpoints.Connect;

/// <summary>Passes a request on and its answer back, as they come: a log that is followed is seen line by line.</summary>
internal static class HttpForwarding
{
    // What belongs to one connection, or to this server alone: a client's credentials are not the other side's to see.
    private static readonly HashSet<string> NotPassedOn = new(StringComparer.OrdinalIgnoreCase)
    {
        "Host", "Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding", "Upgrade",
        "Authorization", "Impersonate-User", "Impersonate-Group", "Impersonate-Uid", "Content-Length", "Accept-Encoding",
    };

    /// <param name="http">Whose connections it takes.</param>
    /// <param name="context">The request, and where the answer goes.</param>
    /// <param name="target">Where to.</param>
    /// <param name="refusal">Makes a Status of an answer that is not to be passed on; null where every answer is.</param>
    /// <param name="cancel">Ends both sides.</param>
    /// <exception cref="StatusException">ServiceUnavailable: the other side cannot be reached; or what <paramref name="refusal"/> made.</exception>
    public static async Task ForwardAsync(
        HttpMessageInvoker http, HttpContext context, Uri target, Func<HttpResponseMessage, CancellationToken, Task<StatusException?>>? refusal, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), target) { Version = HttpVersion.Version11 };
        if (context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == true)
            request.Content = new StreamContent(context.Request.Body);
        foreach (var (name, values) in context.Request.Headers)
        {
            if (NotPassedOn.Contains(name) || name.StartsWith(':') || name.StartsWith("Impersonate-Extra-", StringComparison.OrdinalIgnoreCase))
                continue;
            if (!request.Headers.TryAddWithoutValidation(name, values.AsEnumerable()))
                request.Content?.Headers.TryAddWithoutValidation(name, values.AsEnumerable());
        }

        HttpResponseMessage answer;
        try
        {
            answer = await http.SendAsync(request, cancel);
        }
        catch (HttpRequestException failure)
        {
            throw StatusException.ServiceUnavailable($"error trying to reach service: {failure.InnerException?.Message ?? failure.Message}");
        }
        using (answer)
        {
            if (refusal is not null && await refusal(answer, cancel) is { } refused)
                throw refused;
            await CopyAsync(answer, context.Response, cancel);
        }
    }

    private static async Task CopyAsync(HttpResponseMessage answer, HttpResponse response, CancellationToken cancel)
    {
        response.StatusCode = (int)answer.StatusCode;
        foreach (var (name, values) in answer.Headers.Concat(answer.Content.Headers))
            if (!NotPassedOn.Contains(name) || name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase))
                response.Headers[name] = values.ToArray();
        await using var body = await answer.Content.ReadAsStreamAsync(cancel);
        await response.StartAsync(cancel);
        var buffer = new byte[16 * 1024];
        while (true)
        {
            var read = await body.ReadAsync(buffer, cancel);
            if (read == 0)
                return;
            await response.Body.WriteAsync(buffer.AsMemory(0, read), cancel);
            await response.Body.FlushAsync(cancel);
        }
    }
}
