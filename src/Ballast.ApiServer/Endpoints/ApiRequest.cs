using Ballast.ApiServer.Authentication;
using Microsoft.AspNetCore.Http;

namespace Ballast.ApiServer.Endpoints;

/// <summary>One request on its way through the handler chain; each stage adds what it found out.</summary>
public sealed class ApiRequest(HttpContext http)
{
    public HttpContext Http { get; } = http;

    /// <summary>Set before any handler that reads it.</summary>
    public RequestInfo Info { get; set; } = new() { Verb = http.Request.Method.ToLowerInvariant(), Path = http.Request.Path.Value ?? "/" };

    public UserInfo User { get; set; } = UserInfo.Anonymous;

    /// <summary>Sentences for the Warning header, sent when the answer begins.</summary>
    public List<string> Warnings { get; } = [];

    /// <summary>Fires when the client is gone, the request's time is up, or the server gives up waiting for it on shutdown.</summary>
    public CancellationToken Cancel { get; set; } = http.RequestAborted;

    /// <summary>Fires when the server wants long-running requests to end; nothing else listens to it.</summary>
    public CancellationToken Draining { get; set; }
}
