using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace Ballast.ApiServer.Server;

/// <summary>
/// <c>--goaway-chance</c>: now and then asks an HTTP/2 client to connect anew, so that not all stay for ever with the server that was up first. What is in flight on the
/// connection goes on to its end.
/// </summary>
/// <param name="chance">Of each request; 0 for never.</param>
/// <param name="random">Safe for concurrent use.</param>
public sealed class GoAwayChance(double chance, Random random)
{
    public void Roll(HttpContext http)
    {
        if (chance > 0 && HttpProtocol.IsHttp2(http.Request.Protocol) && random.NextDouble() < chance)
            http.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
    }
}
