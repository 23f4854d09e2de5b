using System.Net;

namespace Ballast.Bench.Load.Api;

/// <summary>The server answered with a failure.</summary>
internal sealed class ApiException(HttpStatusCode code, string message) : Exception($"{(int)code}: {message}")
{
    public HttpStatusCode Code { get; } = code;
}
