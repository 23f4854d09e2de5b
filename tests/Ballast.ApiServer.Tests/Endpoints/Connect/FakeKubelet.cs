using System.Net;
using System.Security.Cryptography.X509Certificates;
using Ballast.ComponentBase.Serving;
using Ballast.Testing.ApiServer;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ballast.ApiServer.Tests.Endpoints.Connect;

/// <summary>A kubelet's port: HTTPS, and nothing for those who come without a certificate of the cluster's authority.</summary>
internal sealed class FakeKubelet : IAsyncDisposable
{
    private readonly WebApplication _web;

    private FakeKubelet(TestPki pki, RequestDelegate handler)
    {
        var certificate = X509Certificate2.CreateFromPemFile(pki.PathOf("apiserver.crt"), pki.PathOf("apiserver.key"));
        var usable = X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pfx), null);
        _web = new SecureServing(IPAddress.Loopback, 0, () => usable) { RequestClientCertificate = true }.Build(NullLoggerFactory.Instance, async http =>
        {
            Caller = await http.Connection.GetClientCertificateAsync(http.RequestAborted) is { } client && client.Issuer == pki.Authority.Subject ? client.Subject : null;
            if (Caller is null)
            {
                http.Response.StatusCode = 401;
                await http.Response.WriteAsync("Unauthorized", http.RequestAborted);
                return;
            }
            await handler(http);
        });
    }

    /// <summary>The last caller's name in its certificate; null where it had none.</summary>
    public string? Caller { get; private set; }

    public int Port => new Uri(_web.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()).Port;

    public static async Task<FakeKubelet> StartAsync(TestPki pki, RequestDelegate handler)
    {
        var kubelet = new FakeKubelet(pki, handler);
        await kubelet._web.StartAsync();
        return kubelet;
    }

    public ValueTask DisposeAsync() => _web.DisposeAsync();
}
