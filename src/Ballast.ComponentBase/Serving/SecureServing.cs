using System.Net;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Ballast.ComponentBase.Commands;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Ballast.ComponentBase.Serving;

/// <summary>How a component serves HTTPS.</summary>
/// <param name="Address">Where it listens.</param>
/// <param name="Port">0 takes a free one.</param>
/// <param name="Certificate">Asked on every new connection, so that a renewed certificate is used at once.</param>
public sealed record SecureServing(IPAddress Address, int Port, Func<X509Certificate2> Certificate)
{
    /// <summary>
    /// Asks clients for a certificate, and lets the connection through without one. A certificate that comes is not judged here: the
    /// authenticator does that, against the client CA as it is at that moment.
    /// </summary>
    public bool RequestClientCertificate { get; init; }

    /// <summary>For a server of large answers: buffers as large as a TLS record.</summary>
    public bool LargeBuffers { get; init; }

    /// <summary>The certificate of the two flags, or one made in memory where both are empty.</summary>
    /// <exception cref="UsageException">Only one was given, or they cannot be read.</exception>
    public static Func<X509Certificate2> CertificateFrom(string certificateFile, string keyFile, string commonName, IPAddress address, ComponentContext context)
    {
        if (certificateFile.Length == 0 && keyFile.Length == 0)
        {
            var made = SelfSignedCertificate.Create(commonName, address, context.Time);
            return () => made;
        }
        try
        {
            var reloading = new ReloadingCertificate(certificateFile, keyFile, context.Time, context.Logs.CreateLogger<ReloadingCertificate>());
            return () => reloading.Current;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException or System.Security.Cryptography.CryptographicException)
        {
            throw new UsageException($"the serving certificate --tls-cert-file={certificateFile} with --tls-private-key-file={keyFile} cannot be loaded: {failure.Message}");
        }
    }

    /// <summary>A web application that listens so and hands every request to <paramref name="handler"/>; start and stop are the caller's.</summary>
    /// <param name="logs">Kestrel's own messages go there.</param>
    /// <param name="handler">The whole request pipeline.</param>
    /// <param name="configure">Further limits; null for none.</param>
    public WebApplication Build(ILoggerFactory logs, RequestDelegate handler, Action<KestrelServerOptions>? configure = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(logs);
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            configure?.Invoke(kestrel);
            kestrel.Listen(Address, Port, listen =>
            {
                listen.Protocols = HttpProtocols.Http1AndHttp2;
                listen.UseHttps(https =>
                {
                    https.SslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13;
                    https.ServerCertificateSelector = (_, _) => Certificate();
                    https.ClientCertificateMode = RequestClientCertificate ? ClientCertificateMode.AllowCertificate : ClientCertificateMode.NoCertificate;
                    https.ClientCertificateValidation = (_, _, _) => true;
                    https.CheckCertificateRevocation = false;
                });
            });
        });
        // After Kestrel's own: the last one counts.
        if (LargeBuffers)
            builder.Services.AddSingleton<IMemoryPoolFactory<byte>, LargeBlockPool.Factory>();
        // The component itself decides what ends it: the host's own signal handling would stop Kestrel behind its back.
        builder.Services.AddSingleton<Microsoft.Extensions.Hosting.IHostLifetime, NoLifetime>();
        var app = builder.Build();
        app.Run(handler);
        return app;
    }

    private sealed class NoLifetime : Microsoft.Extensions.Hosting.IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
